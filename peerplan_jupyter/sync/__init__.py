"""How peers meet and stay equal."""
