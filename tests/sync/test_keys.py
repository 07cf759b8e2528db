from __future__ import annotations

import json
from pathlib import Path

import pytest

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.sync.keys import (
    base58,
    canonical,
    derive,
    did_key,
    public_key,
    unb64u,
    unbase58,
)

from ..vectors import __main__ as vectors

SEALING = json.loads((vectors.FOLDER / "sealing.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"Hello World!", "2NEpo7TZRRrLZSi2U"), (b"\0\0\x28\x7f\xb4\xcd", "11233QC4"), (b"", "")],
)
def test_base58_has_the_draft_specifications_vectors(data, text):
    assert base58(data) == text
    assert unbase58(text) == data


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, bytes(range(32))])
def test_a_public_key_comes_back_from_its_did(key):
    assert public_key(did_key(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:web:example.org",
        did_key(bytes(32))[:-1],
        did_key(bytes(32)) + "1",
        did_key(bytes(32)).replace("z6Mk", "z6LS"),
        did_key(bytes(32))[:-1] + "0",
    ],
)
def test_what_is_no_ed25519_did_key_is_refused(text):
    with pytest.raises(InvalidInputError, match=r"did:key|base 58"):
        public_key(text)


@pytest.mark.parametrize("text", ["AB", "AA=", "AA==", "A", "", "AAA", "A+", "A\n", "é"])
def test_bytes_have_one_base64url_form(text):
    assert unb64u("AA", 1) == b"\0"
    with pytest.raises(InvalidInputError, match="base64url"):
        unb64u(text, 1)


def test_canonical_json_is_refused_for_what_has_none():
    for value in (float("nan"), 2**60, "\ud800", {"\udc00": 1}, [[b"x"]]):
        with pytest.raises(InvalidInputError, match="canonical"):
            canonical(value)


def test_keys_are_derived_as_the_shared_vectors_say():
    told = SEALING["derived"]
    for purpose, derived in told["keys"].items():
        assert derive(unb64u(told["key"], 32), told["room"], purpose) == unb64u(derived, 32)


@pytest.mark.parametrize("name", list(vectors.MAKERS))
def test_the_shared_vectors_are_what_their_makers_make(name):
    """`python -m tests.vectors` writes them."""
    written = (Path(vectors.FOLDER) / f"{name}.json").read_text("utf-8")
    assert written == vectors.text(vectors.MAKERS[name]())
