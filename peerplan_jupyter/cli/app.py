"""The commands, wired together. Each lives in its own file and imports what it needs when run."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ..errors import InvalidInputError, PeerPlanError
from . import (
    attach,
    clean,
    doctor,
    exits,
    importing,
    invite,
    listing,
    mcp,
    new,
    opening,
    policy,
    publish,
    request_review,
    revoke,
    room_server,
    show,
    site,
    wait,
)
from .demo import command as demo
from .output import complain

app = typer.Typer(
    name="peerplan",
    help="Review what AI agents plan and prove, together, in Jupyter and git.",
    epilog=exits.epilog(),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (
    new,
    listing,
    show,
    attach,
    request_review,
    policy,
    wait,
    publish,
    opening,
    importing,
    mcp,
):
    app.command(command.NAME)(command.run)
for about in (invite, revoke, clean, room_server, demo, doctor):
    app.command(about.NAME)(about.run)
app.add_typer(site.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(metadata.version("peerplan-jupyter"))
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of the command itself."""


# Typer names only one of the exceptions that it has from click, whose home moved between versions.
_ClickError: type[Exception] = typer.BadParameter.__mro__[2]


def run(args: list[str]) -> int:
    """Run one command and return its exit code; what went wrong is said on standard error.
    Without a command, say which there are.
    """
    as_json, args = "--json" in args, args or ["--help"]
    try:
        return typer.main.get_command(app)(args, "peerplan", standalone_mode=False) or exits.DONE
    except PeerPlanError as error:
        complain(error, as_json)
        return error.exit_code
    except _ClickError as error:
        return _misused(error, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Python would complain again when it flushes standard output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN


def _misused(error: Exception, as_json: bool) -> int:
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    if said:
        complain(InvalidInputError(said, hint="`peerplan --help` shows how."), as_json)
    return exits.USAGE
