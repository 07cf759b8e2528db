"""Characters that steer a terminal, or have text shown otherwise than it is written."""

from __future__ import annotations

STEERING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""What stands in a class of a regular expression; tabs and line feeds are not among them."""
