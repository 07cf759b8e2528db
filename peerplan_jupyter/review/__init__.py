"""Identities, feedback and the session a reviewing person has with a plan."""
