"""`make security`: what is looked at in the tree rather than in the running service. All of it works without a network."""
