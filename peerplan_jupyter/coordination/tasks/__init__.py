"""Tasks: what is to be done, in which phases, and how far each executor is."""
