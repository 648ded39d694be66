"""Flags: concerns that staff look at, by when, and what they decide."""
