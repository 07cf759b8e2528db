from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import (
    DocumentError,
    PeerPlanError,
    TooLargeError,
    UnsupportedSchemaError,
)
from peerplan_jupyter.store.planfile import load_plan_file


def plan_json(**changes: object) -> bytes:
    return json.dumps({"plan": {"id": "auth", "title": "Auth", **changes}}).encode()


def test_a_plan_of_the_seeds_form_is_read():
    loaded = load_plan_file(plan_json(pr=3, content="# é", steps=[], status="draft"))
    assert (loaded.plan.id, loaded.plan.pr, loaded.plan.content) == ("auth", 3, "# é")
    assert load_plan_file(b"\xef\xbb\xbf" + plan_json()).plan.title == "Auth"


def test_keys_of_a_later_peerplan_are_ignored():
    assert load_plan_file(plan_json(mood="good", schemaVersion=1)).plan.title == "Auth"


@pytest.mark.parametrize("version", [b"2", b"9" * 20, b"9" * 5000])
def test_a_plan_of_a_newer_schema_is_said(version):
    data = plan_json(schemaVersion=0).replace(b": 0", b": " + version)
    with pytest.raises((UnsupportedSchemaError, DocumentError), match=r"reads 1|not JSON"):
        load_plan_file(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"plan": ', "not JSON"),
        (b'{"plan": NaN}', "not JSON"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"[]", "no plan"),
        (b"null", "no plan"),
        (b'{"plan": []}', "no plan"),
        (b'{"plan": {"id": "auth"}}', "title"),
        (plan_json(id="../../etc"), "id"),
        (plan_json(title="x" * 10_000_000), "title"),
        (plan_json(content="x" * 1_000_001), "content"),
        (b'{"plan": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "not JSON"),
        (b'{"plan":' * 20_000 + b"1" + b"}" * 20_000, "not JSON"),
    ],
)
def test_what_is_no_plan_is_said_in_a_sentence(data, words):
    with pytest.raises(DocumentError, match=words) as refused:
        load_plan_file(data, "that file")
    assert "that file" in refused.value.message
    assert len(refused.value.message) < 500


def test_a_file_above_the_limit_is_not_even_parsed():
    with pytest.raises(TooLargeError, match="16,000,000"):
        load_plan_file(b"[" * 16_000_001)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["id", "title", "steps", "review", "policy"]), json_values))
def test_any_json_is_a_plan_or_a_clear_error(plan):
    with contextlib.suppress(PeerPlanError):
        load_plan_file(json.dumps({"plan": plan}).encode())
