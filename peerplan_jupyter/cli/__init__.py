"""The `peerplan` command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`sys.argv` unless given) and exit with its code; see `exits.py`."""
    from .app import run
    from .entry import enter

    enter(run, args)
