"""A program's own handbook: uploaded, listed, taken away, and searched before the cards."""
