"""Keeps a public certificate for nginx, from an ACME authority."""
