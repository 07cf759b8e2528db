"""The `peerplan` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`sys.argv` unless given) and exit with its code; see `exits.py`."""
    from .app import run

    sys.exit(run(sys.argv[1:] if args is None else list(args)))
