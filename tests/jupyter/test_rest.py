from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from peerplan_jupyter.plan.ids import new_id

ANNOTATE = {"op": "annotate", "type": "concern", "content": "Hm", "target": {"type": "plan"}}


async def test_a_plan_is_begun_listed_and_read(ask, plan):
    await plan(content="# Why\n")
    code, listed = await ask("plans")
    assert [one["title"] for one in listed["plans"]] == ["T"]
    assert listed["plans"][0]["agent"] == {"state": "none", "name": "", "since": None}
    code, view = await ask("plans/pp")
    assert (code, view["plan"]["content"], view["live"]["me"]["name"]) == (200, "# Why\n", "Maia")
    code, file = await ask("plans/pp/plan.json")
    assert file["plan"]["id"] == "pp"


async def test_operations_are_applied_once_in_order(ask, plan):
    await plan()
    one, two = ({**ANNOTATE, "id": new_id()} for _ in range(2))
    code, done = await ask("plans/pp/operations", [one, two])
    assert (code, done["ids"]) == (200, [one["id"], two["id"]])
    await ask("plans/pp/operations", one)
    _, view = await ask("plans/pp")
    assert [made["id"] for made in view["plan"]["annotations"]] == [one["id"], two["id"]]


async def test_who_acts_is_who_was_authenticated(ask, plan):
    await plan()
    claimed = {"id": "did:key:z6MkTomTomTomTomTomTomTomTomTomTom", "name": "T", "kind": "agent"}
    await ask("plans/pp/operations", {**ANNOTATE, "actor": claimed})
    _, view = await ask("plans/pp")
    author = view["plan"]["annotations"][0]["author"]
    assert view["plan"]["identities"][author] == {"name": "Maia", "kind": "human"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("plans/nowhere", None, 404, "not_found"),
        ("plans/..%2F..", None, 400, "invalid_input"),
        ("plans/pp/operations", b"{", 400, "invalid_input"),
        ("plans/pp/operations", b"[" * 20_000 + b"]" * 20_000, 400, "invalid_input"),
        ("plans/pp/operations", b'"x"', 400, "invalid_input"),
        ("plans/pp/operations", [], 400, "invalid_input"),
        ("plans/pp/operations", {"op": "approve"}, 400, "invalid_input"),
        ("plans/pp/operations", {**ANNOTATE, "content": "x" * 30_000}, 400, "invalid_input"),
        ("plans/pp/operations", {"op": "resolve", "annotationId": "x"}, 404, "not_found"),
        ("plans/pp/operations", {"op": "create_plan"}, 400, "invalid_input"),
        ("plans/pp/operations", b"x" * 9_000_000, 413, "too_large"),
        ("plans", {"title": "x" * 10_000_000}, 413, "too_large"),
        ("plans", {"title": ""}, 400, "invalid_input"),
        ("plans", {"title": "T", "planId": "../x"}, 400, "invalid_input"),
        ("plans", {"title": "T", "planId": "pp"}, 400, "invalid_input"),
        ("plans/pp/artifacts/nothing", None, 404, "not_found"),
        ("plans/pp/artifacts", b"x", 400, "invalid_input"),
        ("plans/pp/artifacts?name=a.log", b"x" * 100_001, 413, "too_large"),
        ("plans/pp/artifacts?name=a.log", b"", 400, "invalid_input"),
        ("plans/pp/artifacts?name=..%2Fa.log", b"x", 400, "unsafe_path"),
        ("plans/pp/publish", b"", 404, "not_found"),
        ("open", {"url": "https://evil.example.org/x/y"}, 400, "invalid_input"),
        ("open", {}, 400, "invalid_input"),
    ],
)
async def test_bad_input_gets_an_error_with_a_code(ask, plan, path, body, status, code):
    await plan()
    before = (await ask("plans/pp"))[1]["plan"]
    path, _, query = path.partition("?")
    params = dict(parse_qsl(query)) if query else None
    got = await ask(path, body, params=params)
    assert (got[0], got[1]["error"]["code"]) == (status, code)
    assert (await ask("plans/pp"))[1]["plan"] == before


async def test_a_stale_verdict_is_refused_with_the_state_now(ask, plan):
    await plan()
    await ask("plans/pp/operations", {"op": "request_review"})
    view = (await ask("plans/pp"))[1]["plan"]
    old = view["revisions"][0]
    await ask("plans/pp/operations", [{"op": "edit_title", "title": "U"}, {"op": "request_review"}])
    verdict = {"op": "submit_review", "revision": old["id"], "digest": old["digest"]}
    code, got = await ask("plans/pp/operations", {**verdict, "verdict": "commented"})
    assert (code, got["error"]["code"]) == (409, "stale")


async def test_a_plan_is_published_to_the_servers_repository(ask, plan, repository):
    await plan()
    code, done = await ask("plans/pp/publish", b"")
    assert (code, done["pushed"]) == (200, True)
    from .conftest import git

    found = json.loads(git(repository, "show", "plan-artifacts:drafts/plan-pp/plan.json"))
    assert found["plan"]["title"] == "T"
