"""The team: who is in it, how it begins, and how what it shares comes to everybody."""
