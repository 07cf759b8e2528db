"""The ways frames travel between two peers."""
