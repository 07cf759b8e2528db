from __future__ import annotations

from ...support.members import make_member

__all__ = ["make_member"]
