"""Configuration: what may be set, where it is set, and which setting holds."""
