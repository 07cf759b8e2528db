"""Review what AI agents plan and prove, together, in Jupyter and git."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        AlreadyRunningError,
        DocumentError,
        ForbiddenError,
        GitError,
        IntegrityError,
        InvalidInputError,
        NotFoundError,
        PeerPlanError,
        ProtocolError,
        PushRejectedError,
        StaleError,
        StorageError,
        TooLargeError,
        UnreachableError,
        UnsafePathError,
        UnsupportedSchemaError,
    )
    from .jupyter.notebook import Plan, create, list_plans, open  # noqa: A004

__all__ = [
    "AlreadyRunningError",
    "DocumentError",
    "ForbiddenError",
    "GitError",
    "IntegrityError",
    "InvalidInputError",
    "NotFoundError",
    "PeerPlanError",
    "Plan",
    "ProtocolError",
    "PushRejectedError",
    "StaleError",
    "StorageError",
    "TooLargeError",
    "UnreachableError",
    "UnsafePathError",
    "UnsupportedSchemaError",
    "create",
    "list_plans",
    "open",
]

_notebook = {"Plan", "create", "list_plans", "open"}


def __getattr__(name: str) -> Any:
    # The Jupyter server imports this package at its start, and pays for all that is imported here.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = ".jupyter.notebook" if name in _notebook else ".errors"
    found = getattr(importlib.import_module(home, __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .jupyter.app import PeerPlanApp  # noqa: PLC0415 (see `__getattr__`)

    return [{"module": "peerplan_jupyter.jupyter.app", "app": PeerPlanApp}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "peerplan-jupyter"}]
