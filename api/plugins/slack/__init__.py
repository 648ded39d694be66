"""The door to Slack: a message shortcut, `/coach`, a home tab, alerts with a claim button. Shut until an admin opens it.

Needs the extra `slack`; without it the service starts all the same, and whoever sets the door up is told what is missing.
"""
