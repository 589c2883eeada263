"""Tells the operators of a course what is wrong, once, and once when it is over."""
