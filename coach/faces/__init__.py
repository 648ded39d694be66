"""The report as a person reads it: terminal text and a self-contained HTML page."""
