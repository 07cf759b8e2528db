"""`peerplan room-server`: introduces peers on different machines, and relays between them."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exits import DONE
from .options import JsonOption
from .output import console, print_json

if TYPE_CHECKING:
    from ..sync.roomserver.server import RoomServer

NAME = "room-server"


def run(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", help="Pages that may connect, beside those of this host; * for all."
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Whose X-Forwarded-For is believed."),
    ] = None,
    stun_url: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Offered to peers.")
    ] = None,
    turn_url: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Offered to peers, with credentials that expire."),
    ] = None,
    turn_secret_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds coturn's static-auth-secret.")
    ] = None,
    turn_seconds: Annotated[
        int, typer.Option(min=60, metavar="SECONDS", help="How long the credentials are valid.")
    ] = 3600,
    backplane: Annotated[
        str,
        typer.Option(
            envvar="PEERPLAN_BACKPLANE",
            metavar="URL",
            help="A Redis by which several servers share rooms: redis://localhost:6379/0.",
        ),
    ] = "",
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Changes a limit; docs/room-server.md has them."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Introduce peers on different machines, and relay between them.

    It sees sealed bytes only. SIGTERM and Ctrl-C send everybody elsewhere first.
    """
    import asyncio

    from ..sync.roomserver.server import RoomServer
    from ..sync.roomserver.settings import RoomSettings, parse_limits

    settings = RoomSettings(
        parse_limits(limit or []),
        tuple(stun_url or ()),
        tuple(turn_url or ()),
        turn_secret_file,
        turn_seconds,
        backplane,
    )
    server = RoomServer(
        settings.make_hub(), origins=origin or (), trusted_proxies=trusted_proxy or ()
    )
    _allow_files()
    asyncio.run(_serve(server, port, host, as_json))
    return DONE


async def _serve(server: RoomServer, port: int, host: str, as_json: bool) -> None:
    import asyncio

    listening = await server.start(port, host)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
    _say(as_json, "listening", host=host, port=listening)
    await stop.wait()
    stop.clear()
    _say(as_json, "draining", connections=len(server.hub.connections))
    hurry = asyncio.create_task(stop.wait())
    drain = asyncio.create_task(server.drain())
    await asyncio.wait([hurry, drain], return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    drain.cancel()
    with suppress(asyncio.CancelledError):
        await drain
    await server.close()
    _say(as_json, "stopped")


def _say(as_json: bool, event: str, **facts: str | int) -> None:
    if as_json:
        print_json({"event": event, **facts})
        return
    named = ", ".join(f"{name} {value}" for name, value in facts.items())
    console().print(f"Room server {event}{named and ': ' + named}", markup=False)


def _allow_files() -> None:
    """Every socket is a file, and systems allow few by default."""
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
