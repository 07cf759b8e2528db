from __future__ import annotations

import pytest

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.plan.operations import parse_operation

from .conftest import agent, annotate, by_a_person, data, error, made, run, text, verdict


def test_no_tool_approves_withdraws_a_review_or_changes_the_policy(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            await call("request_review", plan=plan)
            for tool in ("submit_review", "approve", "withdraw_review", "set_policy", "resolve"):
                assert error(await call(tool, plan=plan))["code"] == "invalid_input"
            return plan, [tool.name for tool in (await call.client.list_tools()).tools]

    plan, tools = run(loop)
    assert not [name for name in tools if "approve" in name or "policy" in name]
    revision = workspace.peer.call(lambda plans: plans.get(plan).revision)
    actor = workspace.actor("agent", "builder", "builder")
    for wire in (
        {
            "op": "submit_review",
            "revision": revision.id,
            "digest": revision.digest,
            "verdict": "approved",
        },
        {"op": "set_policy", "approvals": 1},
    ):
        with pytest.raises(ForbiddenError, match="people"):
            workspace.run(workspace.submit(plan, parse_operation(wire, actor)))


def test_the_review_says_what_is_missing_at_every_stage(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call, steps=[{"title": "One"}])
            await by_a_person(workspace, plan, op="set_policy", approvals=2)
            draft = data(await call("get_review", plan=plan))
            assert "request_review" in draft["missing"][0]
            asked = data(await call("request_review", plan=plan, note="Look at expiry"))
            assert asked["revision"] == 1
            assert "publish" in asked["next"]
            waiting = data(await call("get_review", plan=plan))
            assert waiting["missing"][0].startswith("2 approvals by a person")
            key = await verdict(workspace, plan, summary="Fine\x1b[2J by me")
            one = await call("get_review", plan=plan)
            assert data(one)["standing"]["approvals_given"] == 1
            assert data(one)["verdicts"][0]["id"] == key
            assert data(one)["verdicts"][0]["counts"]
            assert data(one)["verdicts"][0]["untrusted_summary"] == "Fine by me"
            assert "> Fine by me" in text(one)
            await verdict(workspace, plan, name="Noa")
            both = data(await call("get_review", plan=plan))
            assert (both["standing"]["status"], both["missing"]) == ("approved", [])
            assert "implement exactly that" in both["next"]
            again = data(await call("request_review", plan=plan))
            assert (again["revision"], again["standing"]["status"]) == (1, "approved")
            assert "implement exactly that" in again["next"]
            data(await call("update_step", plan=plan, step="step-1", status="done"))
            kept = data(await call("get_review", plan=plan))
            assert kept["standing"]["status"] == "approved"
            await call("edit_plan", plan=plan, title="Other")
            stale = data(await call("get_review", plan=plan))
            assert stale["standing"]["edited_since"]
            assert "changed after r1" in stale["missing"][0]
            assert "request_review" in stale["next"]

    run(loop)


def test_requested_changes_say_what_to_do(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            await call("request_review", plan=plan)
            await verdict(workspace, plan, "changes_requested", "Not yet.")
            told = await call("wait_for_feedback", plan=plan, cursor=cursor)
            assert data(told)["standing"]["status"] == "changes_requested"
            assert data(told)["items"][0]["type"] == "changes_requested"
            assert "a review is answered by the next revision" in data(told)["next"]
            assert "> Not yet." in text(told)

    run(loop)


def test_what_wants_an_answer_comes_first(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            first, second, third = [await annotate(workspace, plan, word) for word in "abc"]
            await call("reply", plan=plan, annotation=first, content="Done.")
            told = data(await call("list_feedback", plan=plan))
            assert [one["id"] for one in told["items"]] == [second, third, first]
            assert [one["addressed"] for one in told["items"]] == [False, False, True]
            await by_a_person(workspace, plan, op="reply", annotationId=first, content="Not so.")
            told = data(await call("list_feedback", plan=plan, limit=2))
            assert [one["id"] for one in told["items"]] == [first, second]
            assert told["remaining"] == 1
            rest = data(await call("list_feedback", plan=plan, skip=2))
            assert [one["id"] for one in rest["items"]] == [third]
            await by_a_person(workspace, plan, op="resolve", annotationId=third)
            told = data(await call("list_feedback", plan=plan))
            assert third not in [one["id"] for one in told["items"]]

    run(loop)


def test_feedback_on_words_that_are_gone_says_so(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            quote = {"type": "TextQuoteSelector", "exact": "15 minutes"}
            await annotate(workspace, plan, target={"type": "text", "quote": quote})
            content = "# Something else\n\nEntirely.\n"
            digest = data(await call("get_plan", plan=plan))["content_digest"]
            await call("edit_plan", plan=plan, content=content, base_digest=digest)
            told = await call("list_feedback", plan=plan)
            assert data(told)["items"][0]["anchor"] == "unanchored"
            assert data(told)["items"][0]["untrusted_quote"] == "15 minutes"
            assert "its text is gone" in text(told)

    run(loop)
