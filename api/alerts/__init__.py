"""Alerts: an outbox in the database, a worker that sends it, a list of what could not be sent."""
