"""What exists only because of Jupyter: server extension and widget."""
