"""Members on networks that are cut, walled, translated, or not there, each a process in its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from peerplan_jupyter.store.home import Home

from ..sync.webrtc import networks
from ..sync.webrtc.conftest import slow
from ..sync.webrtc.networks import PASSWORD, SERVER, USER, Namespaces
from .members import Member, member, room_server

PLAN = "sessions"
STUN = {"urls": f"stun:{SERVER}:3478"}
TURN = {"urls": f"turn:{SERVER}:3478", "username": USER, "credential": PASSWORD}
Met = tuple[Member, Member]
numbers = count()
"""So that no two comments have the same words."""


@pytest.fixture(scope="module")
def wired() -> Iterator[Namespaces]:
    networks.require_networks()
    with networks.cabled() as spaces:
        yield spaces


@pytest.fixture
def cable(wired: Namespaces) -> Iterator[Namespaces]:
    """Two machines on one cable, and nothing else."""
    yield wired
    for host in ("one", "other"):
        networks.unblock(wired, host)


@pytest.fixture(scope="module")
def internet(tmp_path_factory: Any) -> Iterator[Namespaces]:
    """Two machines behind symmetric routers, and a coturn between these."""
    networks.require_networks()
    with networks.internet(tmp_path_factory.mktemp("coturn")) as spaces:
        networks.translate(spaces, "fully-random")
        yield spaces


def written(server: dict[str, str]) -> str:
    """A STUN or TURN server in the user's settings."""
    fields = [f"{name} = {value!r}" for name, value in server.items()]
    return "\n".join(["[[rooms.ice]]", *fields, ""])


@contextmanager
def meeting(
    folder: Path,
    spaces: Namespaces,
    server: tuple[str, str] = ("one", "192.0.2.1"),
    hosts: Sequence[str] = ("one", "other"),
    ice: Sequence[dict[str, str]] = (),
) -> Iterator[Met]:
    """Ada, whose settings name `ice`, and Ben whom she invited; `server` is where the room server
    is, and its address.
    """
    named = "".join(map(written, ice))
    (Home.under(folder / "ada").config / "settings.toml").write_text(named)
    first, second = (spaces.inside(host) for host in hosts)
    with (
        room_server(server[1], spaces.inside(server[0])) as url,
        member(folder / "ada", "Ada", first) as ada,
        member(folder / "ben", "Ben", second) as ben,
    ):
        ada.ask("begin", plan=PLAN)
        link = ada.ask("invite", plan=PLAN, servers=[url])
        ada.ask("enter", plan=PLAN)
        ben.ask("accept", plan=PLAN, link=link)
        yield ada, ben


def linked(met: Met, path: str, words: str, seconds: float = 60) -> None:
    """Both have that path, and read of it."""
    for one, other in zip(met, ("Ben", "Ada"), strict=True):
        told = f"{other} {words}"
        one.has("room", lambda room: room["paths"] == [path], seconds, plan=PLAN)
        one.has("here", bool, plan=PLAN)
        one.has("room", lambda room, told=told: told in room["told"], plan=PLAN)


def talking(met: Met) -> None:
    """What each says comes to the other."""
    for one in met:
        one.ask("comment", plan=PLAN, text=f"heard? {next(numbers)}")
    equal(met)


def equal(met: Met, seconds: float = 60) -> None:
    ada, ben = met
    said = [one.ask("comments", plan=PLAN) for one in met]
    everything = sorted({*said[0], *said[1]})
    for one in met:
        one.has("comments", lambda seen: sorted(set(seen)) == everything, seconds, plan=PLAN)
    assert ada.ask("comments", plan=PLAN) == ben.ask("comments", plan=PLAN)


@pytest.mark.parametrize("seconds", [5, pytest.param(25, marks=slow), pytest.param(45, marks=slow)])
def test_an_outage_loses_nothing_and_ends_in_a_direct_link(
    tmp_path: Path, cable: Namespaces, seconds: int
) -> None:
    with meeting(tmp_path, cable) as met:
        linked(met, "direct", "directly")
        talking(met)
        for host in ("one", "other"):
            networks.block(cable, host, "iifname eth0")
        for one in met:
            one.ask("burst", plan=PLAN, count=10)
        sleep(seconds)
        assert [len(one.ask("comments", plan=PLAN)) for one in met] == [12, 12]
        for host in ("one", "other"):
            networks.unblock(cable, host)
        equal(met, 90)
        linked(met, "direct", "directly", 90)
        talking(met)


def test_a_wall_against_udp_is_passed_by_the_relay_until_it_falls(
    tmp_path: Path, cable: Namespaces
) -> None:
    networks.block(cable, "one", "meta l4proto udp")
    with meeting(tmp_path, cable) as met:
        linked(met, "relay", "through the relay")
        talking(met)
        networks.unblock(cable, "one")
        linked(met, "direct", "directly", 90)
        talking(met)


def test_on_a_machine_without_a_network_members_meet_through_the_relay(tmp_path: Path) -> None:
    networks.require_networks()
    with Namespaces() as spaces:
        spaces.add("alone")
        server = "alone", "127.0.0.1"
        with meeting(tmp_path, spaces, server, ("alone", "alone")) as met:
            linked(met, "relay", "through the relay")
            talking(met)


@pytest.mark.parametrize(
    ("ice", "path", "words"),
    [([STUN], "relay", "through the relay"), ([STUN, TURN], "turn", "through TURN")],
    ids=["STUN alone", "TURN"],
)
def test_symmetric_routers_are_passed_through_turn_or_else_the_relay(
    tmp_path: Path, internet: Namespaces, ice: Any, path: str, words: str
) -> None:
    with meeting(tmp_path, internet, ("internet", SERVER), ice=ice) as met:
        linked(met, path, words)
        talking(met)


def test_a_wrong_password_of_the_turn_server_is_told_to_both_who_use_the_relay(
    tmp_path: Path, internet: Namespaces
) -> None:
    wrong = [STUN, {**TURN, "credential": "wrong"}]
    with meeting(tmp_path, internet, ("internet", SERVER), ice=wrong) as met:
        linked(met, "relay", "through the relay")
        talking(met)
        refused = f"The TURN server turn:{SERVER}:3478 gave no address"
        for one in met:
            room = one.has("room", lambda room: room["warnings"], plan=PLAN)
            assert room["warnings"][0].startswith(refused)
            assert refused in room["told"]
