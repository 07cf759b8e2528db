"""`peerplan invite`: a link by which somebody comes into the room of a plan."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError
from .context import opened
from .options import JsonOption, PlanArgument
from .output import console, print_json, table, tell, when, words

if TYPE_CHECKING:
    from rich.table import Table

NAME = "invite"
_units = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Role(StrEnum):
    """What who comes may do."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


def run(
    plan: PlanArgument,
    role: Annotated[
        Role, typer.Option(help="owner: everything; reviewer: comment and review; viewer: read.")
    ] = Role.REVIEWER,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="Such as 12h or 7d; by default never.")
    ] = "",
    server: Annotated[
        list[str] | None,
        typer.Option(metavar="WSS_URL", help="A room server; may be given again, in order."),
    ] = None,
    note: Annotated[str, typer.Option(help="For whom it is; only you see it.")] = "",
    qr: Annotated[bool, typer.Option("--qr", help="Show the link as a QR code too.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List those that were given.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Invite somebody to a plan by a link.

    Whoever has the link comes in, until it expires or is revoked. Your Jupyter server must run for
    others to meet you; `peerplan revoke` takes a link back.
    """
    seconds = _seconds(expires)
    with opened() as workspace:
        plan_id = workspace.run(workspace.find(plan))
        if list_:
            given = workspace.run(workspace.inviting.issued(plan_id))
            tell(as_json, {"plan": plan_id, "invitations": given}, _listed(given))
            return
        name = _name()
        made = workspace.run(
            workspace.inviting.invite(
                plan_id,
                workspace.identity("human"),
                name,
                role=role.value,
                seconds=seconds,
                servers=server or _own_servers(workspace.settings.rooms.servers),
                note=note,
            )
        )
    if as_json:
        print_json({"plan": plan_id, **made.model_dump()})
        return
    # A link that was broken into lines cannot be copied.
    console().print(words(made.url), soft_wrap=True)
    _explain(made.url, qr)


def _explain(url: str, qr: bool) -> None:
    if qr:
        import segno

        segno.make(url, error="l").terminal(compact=True)
    if "127.0.0.1" in url or "localhost" in url:
        console(stderr=True).print(
            "The room server is on this machine, so only this machine can use the link. Name one "
            "that others reach with --server, or in settings.toml.",
            style="yellow",
        )


def _own_servers(configured: tuple[str, ...]) -> list[str]:
    """The room server in the Jupyter server that runs here, if the settings name none."""
    if configured:
        return []
    from .servers import running_servers

    found = [one.url for one in running_servers() if one.has_peerplan]
    return [f"ws{url.removeprefix('http')}peerplan/room" for url in found[:1]]


def _name() -> str:
    from ..jupyter.people import person_name

    return person_name(Path.cwd())


def _seconds(text: str) -> int | None:
    if not text:
        return None
    number, unit = text[:-1], text[-1]
    if not number.isdecimal() or unit not in _units or not 0 < int(number) < 10_000:
        raise InvalidInputError(
            f"{text[:40]!r} is not a time.", hint="Write for example 30m, 12h, 7d or 4w."
        )
    return int(number) * _units[unit]


def _listed(given: list[dict[str, Any]]) -> Table:
    made = table("invitation", "role", "state", "given", "expires", "for")
    for one in given:
        made.add_row(
            *map(
                words,
                (
                    one["id"][-12:],
                    one["role"],
                    one["state"],
                    when(one["at"]),
                    when(one["expires"]) or "never",
                    one["note"],
                ),
            )
        )
    return made
