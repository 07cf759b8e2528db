"""Exit codes: what a command that ended says to the program that started it."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import PeerPlanError

DONE = 0
BROKEN = 1
USAGE = 2
NOTHING_CAME = 20
CHANGES_REQUESTED = 21
INTERRUPTED = 130

_own = {
    DONE: "done",
    BROKEN: "something broke, or a check of doctor or demo failed",
    USAGE: "bad usage",
    NOTHING_CAME: "wait: nothing came in time",
    CHANGES_REQUESTED: "wait --for approval: changes were requested",
    INTERRUPTED: "stopped by Ctrl-C",
}


def exit_codes() -> dict[int, str]:
    """Every exit code with what it means; codes of errors by the name they have everywhere.

    Finer kinds of an error that a layer keeps to itself end with its code and are not named.
    """
    told = dict(_own)
    for error in _tree(PeerPlanError):
        words = [told[error.exit_code]] if error.exit_code in told else []
        if error.exit_code != BROKEN and error.__module__ == PeerPlanError.__module__:
            told[error.exit_code] = ", ".join([*words, error.code])
    return dict(sorted(told.items()))


def epilog() -> str:
    """The table for `--help`; the backspace keeps typer from wrapping it."""
    rows = [f"  {code:>3}  {meaning}" for code, meaning in exit_codes().items()]
    return "\b\nExit codes:\n" + "\n".join(rows)


def _tree(error: type[PeerPlanError]) -> Iterator[type[PeerPlanError]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)
