"""Exit codes: what a command that ended says to the program that started it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import PeerPlanError

DONE = 0
BROKEN = 1
USAGE = 2
NOTHING_CAME = 20
CHANGES_REQUESTED = 21
INTERRUPTED = 130

_of_plans = {
    DONE: "done",
    BROKEN: "something broke, or a check of doctor or demo failed",
    USAGE: "bad usage",
    NOTHING_CAME: "wait: nothing came in time",
    CHANGES_REQUESTED: "wait --for approval: changes were requested",
    INTERRUPTED: "stopped by Ctrl-C",
}

OF_TASKS = {
    DONE: "done",
    BROKEN: "something broke, a phase failed, or doctor found something broken",
    USAGE: "bad usage",
    3: "run: somebody else runs it (leased)",
    NOTHING_CAME: "run: it waits for people",
    CHANGES_REQUESTED: "run: people asked for changes, and no attempt is left",
    INTERRUPTED: "stopped by Ctrl-C",
}
"""What `orc` means by them."""


def exit_codes(own: Mapping[int, str] = _of_plans) -> dict[int, str]:
    """Every exit code with what it means; codes of errors by the name they have everywhere.

    Finer kinds of an error that a layer keeps to itself end with its code and are not named.
    """
    told = dict(own)
    for error in _tree(PeerPlanError):
        words = [told[error.exit_code]] if error.exit_code in told else []
        if error.exit_code != BROKEN and error.__module__ == PeerPlanError.__module__:
            told[error.exit_code] = ", ".join([*words, error.code])
    return dict(sorted(told.items()))


def epilog(own: Mapping[int, str] = _of_plans) -> str:
    """The table for `--help`; the backspace keeps typer from wrapping it."""
    rows = [f"  {code:>3}  {meaning}" for code, meaning in exit_codes(own).items()]
    return "\b\nExit codes:\n" + "\n".join(rows)


def _tree(error: type[PeerPlanError]) -> Iterator[type[PeerPlanError]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)
