"""What changed in a text, as a terminal shows it, and whether the person agrees."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING, Annotated

import typer

from ..output import console, words

if TYPE_CHECKING:
    from rich.text import Text

    from ...coordination.resources.trust import Untrusted

SHOWN = 400
"""Lines of one difference that are shown."""

YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Agree without being asked, having read it.")
]
_styles = {"+": "green", "-": "red", "@": "cyan"}


def difference(name: str, before: bytes | None, after: bytes | None) -> list[str]:
    """The lines of a unified diff between two contents, of which either may be missing."""
    old, new = (_lines(one) for one in (before, after))
    names = (
        "/dev/null" if before is None else f"a/{name}",
        "/dev/null" if after is None else f"b/{name}",
    )
    return list(unified_diff(old, new, *names, lineterm=""))


def shown(lines: Sequence[str]) -> Text:
    """A difference in colours; what steers terminals is taken out of it."""
    made = words("")
    for line in lines[:SHOWN]:
        made.append_text(words(f"{line}\n", _styles.get(line[:1], "")))
    if len(lines) > SHOWN:
        made.append_text(words(f"and {len(lines) - SHOWN} more lines\n", "dim"))
    return made


def agreed(unknown: Sequence[Untrusted], question: str, *, yes: bool, as_json: bool) -> bool:
    """Whether the person agrees to what others wrote, where it is new to them. Who cannot be
    asked gets a `ForbiddenError`.
    """
    from ...errors import ForbiddenError

    if yes or not unknown:
        return True
    if as_json or not sys.stdin.isatty():
        titles = [one.title for one in unknown]
        raise ForbiddenError(
            f"You have not agreed to {', '.join(titles)[:600]}.",
            hint="Read it, then say --yes.",
            items=titles,
        )
    return typer.confirm(question, err=True)


def show_all(unknown: Sequence[Untrusted]) -> None:
    """Show each item as what changed in it since the person last agreed."""
    out = console(stderr=True)
    for one in unknown:
        out.print(words(one.title, "bold"))
        out.print(shown(difference(one.item.name, one.before, one.item.content)))


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines()
