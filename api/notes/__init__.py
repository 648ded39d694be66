"""Notes: analysed, stored, read again, opened with a reason."""
