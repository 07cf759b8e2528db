"""`completion`: what a shell needs to complete the commands of this program."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import InvalidInputError
from .options import JsonOption
from .output import print_json

NAME = "completion"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def run(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help=f"{', '.join(SHELLS)}.")],
    as_json: JsonOption = False,
) -> None:
    """Print what completes commands in a shell.

    For bash: `source <(orc completion bash)` in ~/.bashrc.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    if shell not in SHELLS:
        raise InvalidInputError(
            f"{shell[:40]!r} is no shell that is known here.", hint=f"One of {', '.join(SHELLS)}."
        )
    program = str(ctx.find_root().info_name)
    variable = f"_{program.upper()}_COMPLETE"
    script = get_completion_script(prog_name=program, complete_var=variable, shell=shell)
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        typer.echo(script)


def know_shells() -> None:
    """Let this process answer what a shell asks by an environment variable."""
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
