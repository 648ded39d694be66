"""Programs, people and their roles, sign-in, API keys, alert contacts."""
