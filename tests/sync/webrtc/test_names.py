"""Addresses and names: what Chromium answers for its hidden ones, servers that a user names."""

from __future__ import annotations

import dns.message
import pytest

from peerplan_jupyter.errors import InvalidInputError, ProtocolError
from peerplan_jupyter.sync.transports.webrtc import IceServer, Settings
from peerplan_jupyter.sync.transports.webrtc.facts import Facts
from peerplan_jupyter.sync.transports.webrtc.sdp import (
    binding,
    fingerprint,
    only_sha256,
    split_candidates,
)

CHROMIUM_156 = bytes.fromhex(
    "0000840000000001000000012432616636643138302d376631302d343561392d626230652d313263646336326532"
    "626635056c6f63616c0000018001000000780004c00002022432616636643138302d376631302d343561392d6262"
    "30652d313263646336326532626635056c6f63616c00002f8001000000780005c046000140"
)
"""An mDNS answer as it came: an address, and an NSEC record whose name is compressed."""


def test_the_installed_dnspython_reads_how_chromium_answers() -> None:
    message = dns.message.from_wire(CHROMIUM_156)
    [answer] = message.answer
    assert str(answer.name) == "2af6d180-7f10-45a9-bb0e-12cdc62e2bf5.local."
    assert next(iter(answer)).to_wire() == bytes([192, 0, 2, 2])


def test_a_server_is_read_from_its_json_and_settings_know_who_relays() -> None:
    stun = IceServer.from_wire({"urls": "stun:stun.example.org"})
    turn = {"urls": ["turn:[2001:db8::1]:3478", "turns:turn.example.org?transport=tcp"]}
    relay = IceServer.from_wire({**turn, "username": "ada", "credential": "secret"})
    assert Settings((stun, relay)).turn_urls == turn["urls"]
    assert Settings((stun,)).turn_urls == Settings().turn_urls == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "without urls"),
        ({"urls": []}, "without urls"),
        ({"urls": {"stun:x": 1}}, "without urls"),
        ({"urls": [7]}, "7 is not the address"),
        ({"urls": "https://example.org"}, "is not the address of a STUN or TURN"),
        ({"urls": "stuns:example.org"}, "is not the address"),
        ({"urls": "stun:example.org:port"}, "is not the address"),
        ({"urls": "turn:example.org"}, "no username or no credential"),
        ({"urls": "turn:example.org", "username": "a", "credential": 7}, "no credential"),
    ],
)
def test_a_server_that_could_not_be_asked_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        IceServer.from_wire(given)


HASH = "sha-256 " + ":".join(["AB"] * 32)
SDP = f"""v=0\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
a=mid:data\r
a=fingerprint:{HASH}\r
a=fingerprint:sha-512 CD:EF\r
a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r
a=end-of-candidates\r
"""


def test_candidates_leave_a_description_and_say_where_they_belong() -> None:
    rest, candidates = split_candidates(SDP)
    assert "candidate" not in rest
    assert rest.endswith("CD:EF\r\n")
    text = "candidate:1 1 udp 1 192.0.2.1 9 typ host"
    assert candidates == [{"candidate": text, "sdpMid": "data", "sdpMLineIndex": 0}, None]
    assert split_candidates(rest) == (rest, [])


def test_one_fingerprint_stays_and_both_are_bound_whoever_is_first() -> None:
    assert only_sha256(SDP) == SDP.replace("a=fingerprint:sha-512 CD:EF\r\n", "")
    other = SDP.replace("AB", "ac")
    assert fingerprint(other) == HASH.replace("AB", "AC")
    assert binding(SDP, other) == binding(other, SDP) != binding(SDP, SDP)
    with pytest.raises(ProtocolError):
        fingerprint(SDP + other)


def test_the_binding_is_the_one_of_the_document_on_the_wire() -> None:
    """As computed by hand: printf '%s\\n%s' … | sha256sum."""
    other = SDP.replace("AB", "0C")
    assert (
        binding(SDP, other).hex()
        == "f90faacc181ba03bc7a31715ff1d15b516f6a9bd3cbadbd3548430dc94956a7d"
    )


def test_what_was_tried_is_told_by_what_came_of_it() -> None:
    relay = IceServer(("turn:turn.example.org",), "ada", "secret")
    facts = Facts(Settings((relay,)))
    facts.local({"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"})
    assert facts.warning() == ""
    facts.local(None)
    facts.described = True
    facts.remote({"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ relay"})
    facts.searched = True
    error = facts.failure("It took too long.")
    assert error.message == (
        "It took too long. This side offered addresses of this machine. The other side offered "
        "addresses at a TURN server. The TURN server turn:turn.example.org gave no address: it "
        "cannot be reached, or its username or credential is wrong or has expired."
    )
    assert error.data == {"local": {"host": 1}, "remote": {"relay": 1}}
    assert error.hint == "Look at the TURN server, or use a room server, which relays too."
