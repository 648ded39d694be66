"""Doors for other platforms, a folder each: thin over the service's own functions."""
