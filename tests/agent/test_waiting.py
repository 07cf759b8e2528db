from __future__ import annotations

import asyncio

from peerplan_jupyter.agent.server import build
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from .conftest import (
    ERAS,
    agent,
    annotate,
    by_a_person,
    data,
    error,
    made,
    run,
    text,
    until,
    until_waiting,
    verdict,
)


@ERAS
def test_a_waiting_agent_is_woken_by_an_annotation_and_answers_it(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, cursor = await made(call)
            await call("request_review", plan=plan)
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            await until_waiting(workspace, plan)
            quote = {"type": "TextQuoteSelector", "exact": "15 minutes"}
            key = await annotate(
                workspace, plan, target={"type": "text", "quote": quote}, content="Why 15?"
            )
            told = data(await wait)
            assert [one["id"] for one in told["items"]] == [key]
            assert told["items"][0]["untrusted_quote"] == "15 minutes"
            assert told["items"][0]["untrusted_text"] == "Why 15?"
            assert "set_disposition and reply" in told["next"]
            replacement = {"old": "15 minutes", "new": "30 minutes"}
            data(await call("edit_plan", plan=plan, replacements=[replacement]))
            await call(
                "set_disposition", plan=plan, annotation=key, disposition="applied", note="30 now"
            )
            told = data(await call("reply", plan=plan, annotation=key, content="Now 30."))
            assert told["standing"]["unanswered"] == 0
            assert told["standing"]["edited_since"]
            assert "request_review" in told["next"]
            await call("request_review", plan=plan)
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            await verdict(workspace, plan, summary="Good.")
            while "approved" not in {one["type"] for one in data(await wait)["items"]}:
                cursor = data(await wait)["cursor"]
                wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            assert data(await wait)["standing"]["status"] == "approved"
            assert "approved at r2: implement" in data(await wait)["next"]
        return workspace.peer.call(lambda plans: plans.get(plan).plan())

    plan = run(loop)
    assert plan.status == "approved"
    assert plan.annotations[0].replies[0].content == "Now 30."
    assert plan.annotations[0].disposition.value == "applied"


@ERAS
def test_a_wait_that_times_out_loses_nothing(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, cursor = await made(call)
            told = await call("wait_for_feedback", plan=plan, cursor=cursor, timeout_seconds=0)
            assert data(told)["timed_out"]
            assert data(told)["items"] == []
            assert f"again with cursor {data(told)['cursor']}" in text(told)
            key = await annotate(workspace, plan)
            again = data(await call("wait_for_feedback", plan=plan, cursor=data(told)["cursor"]))
            assert [one["id"] for one in again["items"]] == [key]

    run(loop)


def test_what_came_while_nobody_waited_comes_with_the_next_wait(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            keys = [await annotate(workspace, plan, word) for word in ("one", "two")]
            told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
            assert [one["id"] for one in told["items"]] == keys
            quiet = await call(
                "wait_for_feedback", plan=plan, cursor=told["cursor"], timeout_seconds=0
            )
            assert data(quiet)["timed_out"]

    run(loop)


def test_an_old_cursor_brings_what_came_after_it_again(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            first = await annotate(workspace, plan, "one")
            told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
        second = await annotate(workspace, plan, "two")
        async with agent(workspace) as call:
            resumed = data(await call("wait_for_feedback", plan=plan, cursor=told["cursor"]))
            assert [one["id"] for one in resumed["items"]] == [second]
            old = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
            assert [one["id"] for one in old["items"]] == [first, second]
            none = data(await call("wait_for_feedback", plan=plan))
            assert [one["id"] for one in none["items"]] == [first, second]
            foreign = data(await call("wait_for_feedback", plan=plan, cursor="elsewhere.7"))
            assert [one["id"] for one in foreign["items"]] == [first, second]

    run(loop)


def test_a_cursor_that_is_none_is_refused(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            return error(await call("wait_for_feedback", plan=plan, cursor="yesterday"))

    assert run(loop)["code"] == "invalid_input"


def test_an_agents_own_words_do_not_wake_it(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            key = await annotate(workspace, plan)
            cursor = data(await call("wait_for_feedback", plan=plan, cursor=cursor))["cursor"]
            await call("reply", plan=plan, annotation=key, content="Because.")
            await call("set_disposition", plan=plan, annotation=key, disposition="declined")
            await call("edit_plan", plan=plan, title="Sessions, again")
            told = await call("wait_for_feedback", plan=plan, cursor=cursor, timeout_seconds=0)
            assert data(told)["timed_out"]

    run(loop)


def test_all_who_wait_are_woken(workspace):
    async def loop():
        server = build(workspace)
        async with (
            agent(workspace, server=server, name="one") as one,
            agent(workspace, server=server, name="two") as two,
        ):
            plan, cursor = await made(one)
            waits = [
                asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
                for call in (one, one, two)
            ]
            await until_waiting(workspace, plan, 2)
            key = await annotate(workspace, plan)
            for wait in waits:
                assert [item["id"] for item in data(await wait)["items"]] == [key]

    run(loop)


@ERAS
def test_a_wait_reports_that_it_goes_on(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, cursor = await made(call)
            heard = asyncio.Event()

            async def progress(done, total, message):
                assert (total, message[:20]) == (300, "Waiting for feedback")
                heard.set()

            wait = asyncio.ensure_future(
                call("wait_for_feedback", plan=plan, cursor=cursor, _progress=progress)
            )
            await heard.wait()
            await annotate(workspace, plan)
            assert data(await wait)["items"]

    run(loop)


def test_an_edit_of_the_plan_by_a_person_wakes_too(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            await by_a_person(workspace, plan, op="edit_title", title="Shorter sessions")
            told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
            assert [(one["kind"], one["by"]) for one in told["events"]] == [("edit", "Maia")]
            assert "read it again with get_plan" in told["next"]

    run(loop)


@ERAS
def test_an_agent_that_hangs_up_while_it_waits_leaves_at_once(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, cursor = await made(call)
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            await until_waiting(workspace, plan)
            wait.cancel()
            await until(workspace, plan, lambda roster: not roster)
            assert workspace.attendance.agent(plan)["state"] == "away"
            key = await annotate(workspace, plan)
            told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
            assert [one["id"] for one in told["items"]] == [key]

    run(loop)


def test_waiting_for_an_unknown_plan_is_an_error(workspace):
    async def loop():
        async with agent(workspace) as call:
            return error(await call("wait_for_feedback", plan="nowhere"))

    assert run(loop)["code"] == "not_found"


def test_words_that_another_process_wrote_come_whole(workspace, tmp_path):
    async def loop():
        with Workspace(Home.under(tmp_path / "home")) as elsewhere:
            async with agent(workspace) as call:
                plan, cursor = await made(call)
                for word in "abcde":
                    key = await annotate(elsewhere, plan, word)
                    told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
                    assert [one["id"] for one in told["items"]] == [key]
                    cursor = told["cursor"]

    run(loop)
