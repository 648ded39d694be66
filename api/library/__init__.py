"""Guidance and resources, to search without an account."""
