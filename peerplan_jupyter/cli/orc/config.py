"""`orc config`: the settings that hold, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ...errors import NotFoundError
from ..options import JsonOption
from ..output import table, tell, words
from .context import opened

NAME = "config"


def run(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A setting or a section; by default all.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Show the settings that hold, and where each comes from."""
    loaded = opened().loaded
    found = {
        key: {"value": value, "source": loaded.source(key)}
        for key, value in _flat(loaded.config.model_dump(mode="json"))
        if not name or key == name or key.startswith(f"{name}.")
    }
    if not found:
        raise NotFoundError(f"There is no setting {name[:80]!r}.", hint="`orc config` shows all.")
    from ..fitting import Fitting

    made = table("Setting", "Value", "From")
    for key, one in found.items():
        made.add_row(words(key), words(_told(one["value"])), words(str(one["source"]), "dim"))
    tell(as_json, found, Fitting(made, ("Value", "From")))


def _flat(facts: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return (
        "" if value in (None, {}) else str(value).lower() if value in (True, False) else str(value)
    )
