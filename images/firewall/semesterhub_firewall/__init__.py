"""Closes the network around each student's container as it starts."""
