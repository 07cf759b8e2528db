"""Write the JSON Schema from the models."""

from __future__ import annotations

from . import FILE, text

FILE.write_text(text(), encoding="utf-8")
