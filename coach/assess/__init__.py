"""Signals -> triage, stage, expectations, doubts: pure functions."""
