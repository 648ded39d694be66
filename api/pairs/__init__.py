"""Pairs: a mentor and a mentee known by a pseudonym; their ledger of expectations and their follow-ups."""
