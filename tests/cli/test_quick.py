"""Values that are taken as they came have to be those that typer would make of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer

from peerplan_jupyter.cli.quick import QuickCommand


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


def everything(
    *,
    name: str,
    more: Annotated[list[str] | None, typer.Argument()] = None,
    at: str = "here",
    note: Annotated[str | None, typer.Option(envvar="QUICK_NOTE")] = None,
    tag: Annotated[list[str] | None, typer.Option()] = None,
    count: Annotated[int, typer.Option(min=1, max=9)] = 3,
    seconds: float | None = None,
    size: Size = Size.SMALL,
    folder: Path | None = None,
    place: Path = Path("/somewhere"),
    upper: Annotated[str, typer.Option(parser=str.upper)] = "low",
    sure: bool = False,
    colour: Annotated[bool, typer.Option("--colour/--no-colour")] = True,
):
    return locals()


def answered(kind, args):
    """What the command gets, or what its user is told."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(cls=kind)(everything)
    try:
        return typer.main.get_command(alone)(args, "everything", standalone_mode=False)
    except typer.BadParameter.__mro__[2] as error:
        return error.format_message()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a",
        "a b c",
        "a --at there --note=",
        "a --tag one --tag two --count 4 --seconds 1.5 --size large",
        "a --folder . --place / --upper high --sure --no-colour",
        "a --count 0",
        "a --count many",
        "a --size huge",
        "a --seconds soon",
        "a --tag",
        "a --no-such",
    ],
)
@pytest.mark.parametrize("note", ["", "from the environment"])
def test_quick_commands_get_what_typer_would_give_them(monkeypatch, line, note):
    monkeypatch.setenv("QUICK_NOTE", note)
    ours, theirs = (answered(kind, line.split()) for kind in (QuickCommand, None))
    assert ours == theirs
    if isinstance(ours, dict):
        assert [type(one) for one in ours.values()] == [type(one) for one in theirs.values()]
