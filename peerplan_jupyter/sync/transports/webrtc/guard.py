"""Handlers of a library's events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")
_log = logging.getLogger(__name__)


def guarded(handler: Callable[P, object]) -> Callable[P, None]:
    """A handler that raises nothing: aiortc closes the connection whose handler raised."""

    @wraps(handler)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            handler(*args, **kwargs)
        except Exception:
            _log.exception("Handling an event of a data channel failed")

    return call
