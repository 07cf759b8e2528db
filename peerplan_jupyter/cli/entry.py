"""How a command line begins and ends: with an exit code, whatever came of the command."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from ..errors import InvalidInputError, PeerPlanError
from . import exits
from .output import complain

if TYPE_CHECKING:
    import typer


def enter(run: Callable[[list[str]], int], args: Sequence[str] | None) -> NoReturn:
    """Exit with what `run` returns for `args`, or for `sys.argv` where a process is its own."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal's or a file's encoding lacks is no reason to stop half way.
        sys.stdout.reconfigure(errors="replace")
    if args is None:
        # What is imported by now stays to the end. Looking through it again for what nobody uses
        # any more, as Python does when it ends too, would take a tenth of a small command's time.
        gc.freeze()
    sys.exit(run(sys.argv[1:] if args is None else list(args)))


def run_app(app: typer.Typer, program: str, args: list[str]) -> int:
    """Run one command of `app` and return its exit code; what went wrong is said on standard
    error, in the name of `program`.
    """
    import typer

    # Typer names only one of the exceptions that it has from click, whose home moved between
    # versions.
    click_error: type[Exception] = typer.BadParameter.__mro__[2]
    as_json = "--json" in args
    if f"_{program.upper()}_COMPLETE" in os.environ:
        from .completion import know_shells

        know_shells()

    def parsed() -> int | None:
        try:
            code: int | None = typer.main.get_command(app)(args, program, standalone_mode=False)
        except click_error as error:
            return _misused(error, as_json, program)
        except typer.Abort:
            return exits.INTERRUPTED
        return code

    return ended(parsed, program, as_json=as_json)


def ended(act: Callable[[], int | None], program: str, *, as_json: bool) -> int:
    """The exit code that `act` returns, or that of what went wrong in it, which is said on standard
    error in the name of `program`.
    """
    try:
        return act() or exits.DONE
    except PeerPlanError as error:
        complain(error, as_json, program)
        return error.exit_code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Python would complain again when it flushes standard output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN


def _misused(error: Exception, as_json: bool, program: str) -> int:
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    if said:
        named = getattr(getattr(error, "ctx", None), "command_path", program)
        hint = f"`{named} --help` shows how."
        complain(InvalidInputError(said, hint=hint), as_json, program)
    return exits.USAGE
