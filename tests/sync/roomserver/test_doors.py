"""Who gets a socket at the room server, and what is told about it."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.sync.roomserver.addresses import Addresses
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.limits import RoomLimits
from peerplan_jupyter.sync.roomserver.origins import Origins
from peerplan_jupyter.sync.roomserver.settings import RoomSettings, make_limits, parse_limits

from ..conftest import eventually
from .conftest import peers, serving, strangers


async def status_of(url: str, **options: Any) -> int:
    """101 for a socket, else what the server answered."""
    try:
        async with connect(url, **options):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ([], "https://evil.example.org", 403),
        ([], "http://127.0.0.1:{port}", 101),
        ([], None, 101),
        (["https://acme.github.io"], "https://acme.github.io", 101),
        (["https://acme.github.io"], "https://acme.github.io.evil.example.org", 403),
        (["https://acme.github.io"], "http://acme.github.io", 403),
        (["https://acme.github.io"], "null", 403),
        (["*"], "https://anywhere.example.org", 101),
    ],
)
def test_pages_need_an_allowed_origin(allowed: list[str], origin: str | None, status: int) -> None:
    async def run() -> int:
        async with serving(origins=allowed) as server:
            sent = origin.format(port=server.port) if origin else None
            return await status_of(server.url, origin=sent)

    assert asyncio.run(run()) == status


def test_an_origin_is_a_scheme_and_a_host() -> None:
    for wrong in ("acme.github.io", "https://acme.github.io/plans", "https://"):
        with pytest.raises(InvalidInputError):
            Origins([wrong])


def test_an_address_has_its_share_of_sockets_and_gets_them_back() -> None:
    async def run() -> None:
        hub = Hub(RoomLimits(connections_per_address=2))
        async with serving(hub) as server:
            async with strangers(server.url, 2):
                assert await status_of(server.url) == 429
            await eventually(lambda: not hub.connections)
            async with strangers(server.url, 2):
                assert await status_of(server.url, origin="https://evil.example.org") == 429
            assert await status_of(server.url, origin="https://evil.example.org") == 403
            await eventually(lambda: not hub.connections)
            async with strangers(server.url, 2):
                pass

    asyncio.run(run())


def test_a_full_server_refuses_before_it_opens_a_socket() -> None:
    async def run() -> None:
        async with serving(Hub(RoomLimits(connections=1))) as server, strangers(server.url):
            assert await status_of(server.url) == 503

    asyncio.run(run())


def test_a_proxy_is_believed_only_if_it_is_trusted() -> None:
    async def run(trusted: list[str]) -> list[int]:
        hub = Hub(RoomLimits(connections_per_address=1))
        async with serving(hub, trusted_proxies=trusted) as server:
            forwarded = {"additional_headers": {"X-Forwarded-For": "198.51.100.1"}}
            other = {"additional_headers": {"X-Forwarded-For": "198.51.100.2"}}
            async with strangers(server.url, **forwarded):
                return [
                    await status_of(server.url, **forwarded),
                    await status_of(server.url, **other),
                ]

    assert asyncio.run(run([])) == [429, 429]
    assert asyncio.run(run(["127.0.0.0/8"])) == [429, 101]


def test_only_what_trusted_proxies_wrote_is_believed() -> None:
    addresses = Addresses(["10.0.0.0/8", "::1"], 1)
    assert addresses.client("10.0.0.1", ["6.6.6.6, 198.51.100.7, 10.0.0.9"]) == "198.51.100.7"
    assert addresses.client("10.0.0.1", ["6.6.6.6", "198.51.100.7"]) == "198.51.100.7"
    assert addresses.client("198.51.100.7", ["6.6.6.6"]) == "198.51.100.7"
    assert addresses.client("10.0.0.1", []) == "10.0.0.1"
    assert addresses.client("10.0.0.1", ["not an address"]) == "unknown"
    assert addresses.client("2001:db8::1", []) == addresses.client("2001:db8::2", [])
    assert addresses.client("::ffff:198.51.100.7", []) == "198.51.100.7"
    with pytest.raises(InvalidInputError):
        Addresses(["proxy.example.org"], 1)


async def fetch(url: str) -> tuple[int, str]:
    client = AsyncHTTPClient(force_instance=True)
    try:
        response = await client.fetch(url)
    except HTTPClientError as error:
        return error.code, ""
    finally:
        client.close()
    return response.code, response.body.decode()


def test_health_and_metrics_say_how_it_stands_and_name_nobody() -> None:
    async def run() -> None:
        async with serving() as server, peers(server.url, "PEER-A", "PEER-B", topic="ROOM-1"):
            status, body = await fetch(f"{server.http}/health")
            assert (status, json.loads(body)) == (
                200,
                {"status": "ok", "connections": 2, "rooms": 1},
            )
            status, text = await fetch(f"{server.http}/metrics")
            assert "peerplan_room_members 2.0" in text
            assert "peerplan_room_connections 2.0" in text
            assert not any(name in text for name in ("PEER-", "ROOM-1", "127.0.0.1"))
            assert (await fetch(f"{server.http}/elsewhere"))[0] == 404

    asyncio.run(run())


def test_who_joins_is_told_of_ice_servers_with_credentials_that_coturn_takes(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef0123\n")
    settings = RoomSettings(
        stun_urls=("stun:ice.example.org",),
        turn_urls=("turn:ice.example.org", "turns:ice.example.org"),
        turn_secret_file=secret,
        turn_seconds=600,
    )

    async def run() -> Any:
        async with serving(settings.make_hub()) as server, peers(server.url, "A", renew=0.1) as [a]:
            first = a.client.ice_servers
            await eventually(lambda: a.client.ice_servers != first)
            return first

    stun, turn = asyncio.run(run())
    assert stun == {"urls": ["stun:ice.example.org"]}
    assert turn["urls"] == ["turn:ice.example.org", "turns:ice.example.org"]
    expiry, _, peer = turn["username"].partition(":")
    assert (expiry.isdigit(), peer) == (True, "A")
    mac = hmac.new(b"0123456789abcdef0123", turn["username"].encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(mac).decode()
    assert "0123456789" not in repr(settings.make_hub()._ice)


@pytest.mark.parametrize(
    "wrong",
    [
        {"turn_urls": ("turn:ice.example.org",)},
        {"turn_urls": ("https://ice.example.org",), "secret": "0123456789abcdef"},
        {"turn_urls": ("turn:ice.example.org",), "secret": "short"},
        {"turn_urls": ("turn:ice.example.org",), "turn_secret_file": Path("nowhere")},
        {"secret": "0123456789abcdef"},
        {"stun_urls": ("stun:",)},
        {"limits": {"memebers": 5}},
        {"limits": {"members": 0}},
        {"limits": {"members": float("nan")}},
    ],
    ids=str,
)
def test_settings_that_are_wrong_are_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    if "secret" in wrong:
        (tmp_path / "secret").write_text(wrong["secret"])
        wrong = {**wrong, "turn_secret_file": tmp_path / "secret"}
        del wrong["secret"]
    with pytest.raises(InvalidInputError):
        RoomSettings(**wrong).make_hub()


def test_limits_can_be_changed_by_name() -> None:
    made = make_limits(parse_limits(["members=5", "messages-per-second=0.5"]))
    assert made == RoomLimits(members=5, messages_per_second=0.5)
    with pytest.raises(InvalidInputError):
        parse_limits(["members"])


def test_every_limit_is_documented_with_its_default() -> None:
    text = (Path(__file__).parents[3] / "docs" / "room-server.md").read_text("utf-8")
    told: dict[str, str] = {}
    for names, values in re.findall(r"^\| (`[^|]+`) \| ([\d., ]+) \|", text, re.MULTILINE):
        told |= zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=True)
    defaults = {one.name: f"{one.default:g}" for one in dataclasses.fields(RoomLimits)}
    assert {name: f"{float(value):g}" for name, value in told.items()} == defaults
