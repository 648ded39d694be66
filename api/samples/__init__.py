"""What did we miss: a weekly sample of unflagged notes that staff look at again."""
