"""Networks between two ends: cables, routers that translate addresses, walls, no network at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from peerplan_jupyter.sync.transports.webrtc.facts import ISOLATED

from . import networks
from .conftest import MOSTLY_AIORTC, require, slow
from .ends import End, end_process, introduce
from .networks import PASSWORD, SERVER, USER, Namespaces

STUN = {"urls": f"stun:{SERVER}:3478"}
TURN = {"urls": f"turn:{SERVER}:3478", "username": USER, "credential": PASSWORD}
OVER_TCP = {**TURN, "urls": f"turn:{SERVER}:3478?transport=tcp"}
Ends = tuple[End, End]


class World:
    """A network, with a peer of ours on each of its two hosts."""

    def __init__(self, spaces: Namespaces, one: End, other: End) -> None:
        self.spaces, self.ends = spaces, (one, other)

    def meet(
        self,
        backend: str,
        servers: Sequence[dict[str, str]] = (),
        others: Sequence[dict[str, str]] | None = None,
        **how: Any,
    ) -> Ends:
        """The two peers, which try to connect; the second by `others`, if its are not the same."""
        one, other = self.ends
        introduce(one, other)
        given = {"backend": require(backend), "servers": list(servers), **how}
        other.do("answer", **given | {"servers": list(servers if others is None else others)})
        other.wait("did")
        one.do("offer", **given)
        return one, other

    def part(self) -> None:
        """Takes walls down and ends what was between the two."""
        for host, end in zip(("one", "other"), self.ends, strict=True):
            networks.unblock(self.spaces, host)
            end.on_signal = None
            end.do("leave")
        for end in self.ends:
            end.wait("left")
            end.clear()


@contextmanager
def inhabited(spaces: Namespaces) -> Iterator[World]:
    with (
        end_process("peer.py", inside=spaces.inside("one")) as one,
        end_process("peer.py", inside=spaces.inside("other")) as other,
    ):
        yield World(spaces, one, other)


@pytest.fixture(scope="module")
def inhabited_cable() -> Iterator[World]:
    networks.require_networks()
    with networks.cabled() as spaces, inhabited(spaces) as world:
        yield world


@pytest.fixture(scope="module")
def inhabited_internet(tmp_path_factory: Any) -> Iterator[World]:
    networks.require_networks()
    folder = tmp_path_factory.mktemp("coturn")
    with networks.internet(folder) as spaces, inhabited(spaces) as world:
        yield world


@pytest.fixture
def cable(inhabited_cable: World) -> Iterator[World]:
    """Two machines on one cable, and nothing else."""
    yield inhabited_cable
    inhabited_cable.part()


@pytest.fixture
def internet(inhabited_internet: World) -> Iterator[World]:
    """Two machines behind routers, and a coturn between these."""
    yield inhabited_internet
    inhabited_internet.part()


def assert_talking(one: End, other: End) -> str:
    """Both are open and answer; the path."""
    opened = [one.wait("open"), other.wait("open")]
    assert opened[0]["binding"] == opened[1]["binding"]
    one.do("send", label="control", text="echo across")
    one.wait("message", text="echoed across")
    other.do("send", label="bulk", text="echo back")
    one.wait("message", text="echo back")
    networks.until(lambda: one.ask("path") == other.ask("path"))
    return str(one.ask("path"))


def test_two_machines_on_a_cable_need_nothing_else(cable: World, backend: str) -> None:
    assert assert_talking(*cable.meet(backend)) == "direct"


def test_chromium_on_a_cable_needs_nothing_else(cable: World, chromium: Any) -> None:
    peer = cable.ends[1]
    with end_process("page.py", str(chromium), "", inside=cable.spaces.inside("one")) as page:
        introduce(page, peer)
        page.do("answer")
        peer.do("offer", backend="aiortc")
        assert page.wait("open")["binding"] == peer.wait("open")["binding"]
        page.do("send", label="control", text="echo across")
        page.wait("message", text="echoed across")


@MOSTLY_AIORTC
def test_a_wall_against_udp_is_told_with_what_helps(cable: World, backend: str) -> None:
    networks.block(cable.spaces, "one", "meta l4proto udp")
    for end in cable.meet(backend, seconds=2):
        failed = end.wait("failed")
        assert failed["message"] == (
            "No direct connection came about within 2 s. This side offered addresses of this "
            "machine. The other side offered addresses of this machine."
        )
        assert "with a TURN server only" in failed["hint"]


def test_routers_that_keep_ports_are_passed_with_stun(internet: World, backend: str) -> None:
    networks.translate(internet.spaces, "")
    assert assert_talking(*internet.meet(backend, [STUN])) == "direct"


@MOSTLY_AIORTC
def test_symmetric_routers_are_not_passed_with_stun_alone_which_is_told(
    internet: World, backend: str
) -> None:
    networks.translate(internet.spaces, "fully-random")
    for end in internet.meet(backend, [STUN], seconds=2):
        failed = end.wait("failed")
        assert "addresses that a STUN server saw" in failed["message"]
        assert "with a TURN server only" in failed["hint"]


@pytest.mark.parametrize("servers", [[STUN, TURN], [OVER_TCP]], ids=["udp", "tcp"])
def test_symmetric_routers_are_passed_with_turn(
    internet: World, backend: str, servers: Any
) -> None:
    networks.translate(internet.spaces, "fully-random")
    assert assert_talking(*internet.meet(backend, servers)) == "turn"


@MOSTLY_AIORTC
def test_a_wall_against_udp_is_passed_with_turn_over_tcp(internet: World, backend: str) -> None:
    networks.translate(internet.spaces, "")
    for host in ("one", "other"):
        networks.block(internet.spaces, host, "meta l4proto udp")
    assert assert_talking(*internet.meet(backend, [OVER_TCP])) == "turn"


@MOSTLY_AIORTC
def test_who_wants_to_be_relayed_only_offers_no_address_of_its_own(
    internet: World, backend: str
) -> None:
    networks.translate(internet.spaces, "")
    ends = internet.meet(backend, [TURN], relayOnly=True)
    assert assert_talking(*ends) == "turn"
    for end in ends:
        assert " 10." not in "".join(map(str, end.signals))


@MOSTLY_AIORTC
def test_a_wrong_password_of_the_turn_server_is_told(internet: World, backend: str) -> None:
    networks.translate(internet.spaces, "fully-random")
    for end in internet.meet(backend, [STUN, {**TURN, "credential": "wrong"}], seconds=2.5):
        warned = end.wait("warned")
        assert warned["text"].startswith(f"The TURN server turn:{SERVER}:3478 gave no address")
        assert "its username or credential is wrong" in end.wait("failed")["message"]


@MOSTLY_AIORTC
def test_a_stun_server_that_is_silent_delays_nobody_for_long(cable: World, backend: str) -> None:
    """aioice alone would ask it for 5 s, at each end: the link would not open in 8 s."""
    networks.block(cable.spaces, "other", "udp dport 9")
    ends = cable.meet(backend, [{"urls": "stun:192.0.2.2:9"}], seconds=8)
    assert assert_talking(*ends) == "direct"


@MOSTLY_AIORTC
def test_a_turn_server_that_is_silent_delays_nobody_for_long(cable: World, backend: str) -> None:
    """As before; a TURN server is given somewhat longer than a STUN server."""
    networks.block(cable.spaces, "other", "udp dport 9")
    silent = {"urls": "turn:192.0.2.2:9", "username": USER, "credential": PASSWORD}
    assert assert_talking(*cable.meet(backend, [silent], seconds=8)) == "direct"


@MOSTLY_AIORTC
def test_an_interface_from_which_no_stun_server_is_reached_delays_nobody(
    internet: World, backend: str
) -> None:
    networks.translate(internet.spaces, "")
    for host, address in (("one", "198.51.100.1/24"), ("other", "198.51.100.2/24")):
        internet.spaces.do(host, "ip link add vpn type veth peer name vpn-end")
        internet.spaces.address(host, "vpn", address)
        internet.spaces.do(host, "ip link set vpn-end up")
    try:
        one, other = internet.meet(backend, [STUN], seconds=8)
        assert assert_talking(one, other) == "direct"
        assert "198.51.100.1" in "".join(map(str, one.signals))
    finally:
        for host in ("one", "other"):
            internet.spaces.do(host, "ip link del vpn")


@contextmanager
def room_server(world: World, folder: Path, *options: str) -> Iterator[str]:
    """The command, on the internet; its address."""
    command = [sys.executable, "-m", "peerplan_jupyter.cli", "room-server"]
    command += ["--host", SERVER, "--port", "8765", *options]
    with subprocess.Popen(
        [*world.spaces.inside("internet"), *command], stdout=subprocess.DEVNULL
    ) as process:
        try:
            networks.wait_listening(world.spaces, 8765, "tcp")
            yield f"ws://{SERVER}:8765/"
        finally:
            process.terminate()


JOIN = """
import json, sys
from websockets.sync.client import connect
with connect(sys.argv[1]) as server:
    server.send(json.dumps({"type": "join", "topic": "room", "id": sys.argv[2]}))
    print(json.dumps(json.loads(server.recv())["iceServers"]))
"""


def test_what_a_room_server_gives_who_joins_opens_a_link_through_turn(
    internet: World, tmp_path: Path
) -> None:
    secret = "0123456789abcdef0123456789abcdef"
    (tmp_path / "secret").write_text(secret)
    networks.translate(internet.spaces, "fully-random")
    turn = f"turn:{SERVER}:3479"
    how = f"--use-auth-secret --static-auth-secret={secret}"
    options = ["--turn-url", turn, "--turn-secret-file", str(tmp_path / "secret")]
    with (
        networks.coturn(internet.spaces, tmp_path, 3479, how),
        room_server(internet, tmp_path, *options) as url,
    ):
        given = []
        for name in ("one", "other"):
            command = [*internet.spaces.inside(name), sys.executable, "-c", JOIN, url, name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            given.append(json.loads(done.stdout))
        [[mine], [theirs]] = given
        assert mine["urls"] == theirs["urls"] == [turn]
        assert mine["credential"] != theirs["credential"]
        ends = internet.meet("aiortc", [mine], others=[theirs], relayOnly=True)
        assert assert_talking(*ends) == "turn"
        internet.part()


@slow
def test_what_is_sent_while_the_network_is_away_arrives_in_its_order(
    cable: World, backend: str
) -> None:
    one, other = cable.meet(backend)
    assert_talking(one, other)
    networks.block(cable.spaces, "one", "meta l4proto udp")
    for number in range(40):
        other.do("send", label="control", text=str(number))
    subprocess.run(["sleep", "12"], check=True)
    networks.unblock(cable.spaces, "one")
    one.wait("message", text="39")
    numbers = [entry["text"] for entry in one.log if entry.get("text", "").isdigit()]
    assert numbers == [str(number) for number in range(40)]


@pytest.mark.parametrize("backend", ["aiortc", "wrtc"])
def test_a_machine_without_a_network_says_so_at_once(backend: str) -> None:
    require(backend)
    alone = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("this machine allows no namespaces")
    with end_process("peer.py", inside=alone) as end:
        end.do("offer", backend=backend)
        failed = end.wait("failed")
        assert failed["message"] == ISOLATED
        assert failed["hint"] == "A room server can relay instead."
