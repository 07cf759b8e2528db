from __future__ import annotations

import json
from typing import Any

import pytest

from peerplan_jupyter.errors import InvalidInputError, ProtocolError
from peerplan_jupyter.sync.keys import unb64u
from peerplan_jupyter.sync.mesh.by_hand import HandKeys, hand_text, read_hand_text
from peerplan_jupyter.sync.transports.webrtc import sdp
from peerplan_jupyter.sync.transports.webrtc.essence import described_by, essence_of

from ...vectors.__main__ import FOLDER, MAKERS, text

WHOLE: dict[str, Any] = json.loads((FOLDER / "by_hand.json").read_text("utf-8"))
TEXTS = WHOLE["texts"]
KEYS = HandKeys(WHOLE["room"], unb64u(WHOLE["key"], 32))


def test_the_vectors_are_what_this_version_writes() -> None:
    assert (FOLDER / "by_hand.json").read_text("utf-8") == text(MAKERS["by_hand"]())


@pytest.mark.parametrize("told", TEXTS, ids=[one["name"] for one in TEXTS])
def test_a_description_in_few_bytes_says_what_others_have_to_know(told: dict[str, str]) -> None:
    essence = bytes.fromhex(told["essence"])
    made = described_by(essence)
    sdp.check(made)
    assert essence_of(told["sdp"]) == essence_of(made) == essence
    assert sdp.fingerprint(made) == sdp.fingerprint(told["sdp"])


@pytest.mark.parametrize("told", TEXTS, ids=[one["name"] for one in TEXTS])
def test_a_text_is_read_however_it_was_broken_on_its_way(told: dict[str, str]) -> None:
    broken = "\n ".join(told["text"][at : at + 40] for at in range(0, len(told["text"]), 40))
    said = read_hand_text(broken.lower(), KEYS)
    assert [said.type, said.sender, said.attempt] == [told["type"], told["from"], told["attempt"]]
    again = hand_text(said.sender, said.attempt, said.sdp, KEYS)
    assert read_hand_text(again, KEYS) == said


def test_what_is_no_text_of_this_room_is_refused() -> None:
    whole = TEXTS[1]["text"]
    changed = ("B" if whole[0] == "A" else "A") + whole[1:]
    for given in [whole[:-8], changed, "https://example.org/", "", "1" * 9, "A" * 2001, "ü"]:
        with pytest.raises(InvalidInputError, match="is not an introduction into this plan"):
            read_hand_text(given, KEYS)
    with pytest.raises(InvalidInputError):
        read_hand_text(whole, HandKeys("another", KEYS.signal_key))


def test_bytes_that_are_no_description_are_refused() -> None:
    essence = bytes.fromhex(TEXTS[2]["essence"])
    strange = essence[:33] + b"\x04a b\n" + essence[38:]
    for given in [
        b"",
        essence[:20],
        essence[:-1],
        b"\x03" + essence[1:],
        essence + b"\x0c",
        strange,
    ]:
        with pytest.raises(ProtocolError, match="No description is written like that"):
            described_by(given)
