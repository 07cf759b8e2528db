"""Parts of a play, one after the other: one that fails keeps no other from being played."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any


def played(parts: Mapping[str, Callable[[], Any]]) -> dict[str, dict[str, Any]]:
    """What each part `found`, or how it `failed`."""
    told: dict[str, dict[str, Any]] = {}
    for name, act in parts.items():
        try:
            told[name] = {"found": act()}
        except Exception:
            told[name] = {"failed": traceback.format_exc()}
    return told
