"""The `orc` command: a team works on agent tasks with nothing but git."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`sys.argv` unless given) and exit with its code; see `exits.py`."""
    from ..entry import enter
    from .direct import run

    enter(run, args)
