"""The service around the library: it comes with its own issue; nothing is here yet."""
