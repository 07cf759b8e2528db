"""Networks between two ends: cables, routers that translate addresses, walls, no network at all."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aioice.ice import get_host_addresses

from peerplan_jupyter.sync.transports.webrtc.facts import ISOLATED

from . import networks
from .conftest import require, slow
from .ends import End, end_process, introduce
from .networks import PASSWORD, SERVER, USER, Namespaces

STUN = {"urls": f"stun:{SERVER}:3478"}
TURN = {"urls": f"turn:{SERVER}:3478", "username": USER, "credential": PASSWORD}
OVER_TCP = {**TURN, "urls": f"turn:{SERVER}:3478?transport=tcp"}
MOSTLY_AIORTC = pytest.mark.parametrize("backend", ["aiortc", pytest.param("wrtc", marks=slow)])


@pytest.fixture
def cable() -> Iterator[Namespaces]:
    networks.require_networks()
    with networks.cabled() as spaces:
        yield spaces


@pytest.fixture(scope="module")
def whole_internet(tmp_path_factory: Any) -> Iterator[Namespaces]:
    networks.require_networks()
    with networks.internet(tmp_path_factory.mktemp("coturn")) as spaces:
        yield spaces


@pytest.fixture
def internet(whole_internet: Namespaces) -> Iterator[Namespaces]:
    yield whole_internet
    for host in ("one", "other"):
        networks.unblock(whole_internet, host)


@pytest.fixture
def meet(backend: Any) -> Any:
    """`with meet(spaces, servers) as (one, other)`: two peers of ours, which try to connect."""

    @contextmanager
    def _meet(spaces: Namespaces, servers: Any = (), **how: Any) -> Iterator[tuple[End, End]]:
        given = {"backend": require(backend), "servers": list(servers), **how}
        with (
            end_process("peer.py", inside=spaces.inside("one")) as one,
            end_process("peer.py", inside=spaces.inside("other")) as other,
        ):
            introduce(one, other)
            other.do("answer", **given)
            one.do("offer", **given)
            yield one, other

    return _meet


def assert_talking(one: End, other: End) -> str:
    """Both are open and answer; the path."""
    opened = [one.wait("open"), other.wait("open")]
    assert opened[0]["binding"] == opened[1]["binding"]
    one.do("send", label="control", text="echo across")
    one.wait("message", text="echoed across")
    other.do("send", label="bulk", text="echo back")
    one.wait("message", text="echo back")
    assert opened[0]["path"] == opened[1]["path"]
    return str(opened[0]["path"])


def test_two_machines_on_a_cable_need_nothing_else(cable: Namespaces, meet: Any) -> None:
    with meet(cable) as ends:
        assert assert_talking(*ends) == "direct"


@pytest.mark.parametrize("backend", ["aiortc"])
def test_chromium_on_a_cable_needs_nothing_else(
    cable: Namespaces, chromium: Any, backend: str
) -> None:
    with (
        end_process("page.py", str(chromium), "", inside=cable.inside("one")) as page,
        end_process("peer.py", inside=cable.inside("other")) as peer,
    ):
        introduce(page, peer)
        page.do("answer")
        peer.do("offer", backend=backend)
        assert page.wait("open")["binding"] == peer.wait("open")["binding"]
        page.do("send", label="control", text="echo across")
        page.wait("message", text="echoed across")


@MOSTLY_AIORTC
def test_a_wall_against_udp_is_told_with_what_helps(cable: Namespaces, meet: Any) -> None:
    networks.block(cable, "one", "meta l4proto udp")
    with meet(cable, seconds=2) as ends:
        for end in ends:
            failed = end.wait("failed")
            assert failed["message"] == (
                "No direct connection came about within 2 s. This side offered addresses of this "
                "machine. The other side offered addresses of this machine."
            )
            assert "with a TURN server only" in failed["hint"]


def test_routers_that_keep_ports_are_passed_with_stun(internet: Namespaces, meet: Any) -> None:
    networks.translate(internet, "")
    with meet(internet, [STUN]) as ends:
        assert assert_talking(*ends) == "direct"


@MOSTLY_AIORTC
def test_symmetric_routers_are_not_passed_with_stun_alone_which_is_told(
    internet: Namespaces, meet: Any
) -> None:
    networks.translate(internet, "fully-random")
    with meet(internet, [STUN], seconds=2) as ends:
        for end in ends:
            failed = end.wait("failed")
            assert "addresses that a STUN server saw" in failed["message"]
            assert "with a TURN server only" in failed["hint"]


@pytest.mark.parametrize("servers", [[STUN, TURN], [OVER_TCP]], ids=["udp", "tcp"])
def test_symmetric_routers_are_passed_with_turn(
    internet: Namespaces, meet: Any, servers: Any
) -> None:
    networks.translate(internet, "fully-random")
    with meet(internet, servers) as ends:
        assert assert_talking(*ends) == "turn"


@MOSTLY_AIORTC
def test_a_wall_against_udp_is_passed_with_turn_over_tcp(internet: Namespaces, meet: Any) -> None:
    networks.translate(internet, "")
    for host in ("one", "other"):
        networks.block(internet, host, "meta l4proto udp")
    with meet(internet, [OVER_TCP]) as ends:
        assert assert_talking(*ends) == "turn"


@MOSTLY_AIORTC
def test_who_wants_to_be_relayed_only_offers_no_address_of_its_own(
    internet: Namespaces, meet: Any
) -> None:
    networks.translate(internet, "")
    with meet(internet, [TURN], relayOnly=True) as ends:
        assert assert_talking(*ends) == "turn"
        for end in ends:
            assert " 10." not in "".join(map(str, end.signals))


@MOSTLY_AIORTC
def test_a_wrong_password_of_the_turn_server_is_told(internet: Namespaces, meet: Any) -> None:
    networks.translate(internet, "fully-random")
    with meet(internet, [STUN, {**TURN, "credential": "wrong"}], seconds=2.5) as ends:
        for end in ends:
            warned = end.wait("warned")
            assert warned["text"].startswith(f"The TURN server turn:{SERVER}:3478 gave no address")
            assert "its username or credential is wrong" in end.wait("failed")["message"]


@MOSTLY_AIORTC
def test_a_stun_server_that_is_silent_delays_nobody_for_long(cable: Namespaces, meet: Any) -> None:
    """aioice alone would ask it for 5 s, at each end."""
    networks.block(cable, "other", "udp dport 9")
    with meet(cable, [{"urls": "stun:192.0.2.2:9"}], seconds=4) as ends:
        assert assert_talking(*ends) == "direct"


@slow
def test_what_is_sent_while_the_network_is_away_arrives_in_its_order(
    cable: Namespaces, meet: Any
) -> None:
    with meet(cable) as (one, other):
        assert_talking(one, other)
        networks.block(cable, "one", "meta l4proto udp")
        for number in range(40):
            other.do("send", label="control", text=str(number))
        subprocess.run(["sleep", "12"], check=True)
        networks.unblock(cable, "one")
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


def test_the_machine_of_the_tests_has_an_address() -> None:
    """What the other tests are skipped without."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((get_host_addresses(use_ipv4=True, use_ipv6=False)[0], 0))
        assert one.getsockname()[1]
