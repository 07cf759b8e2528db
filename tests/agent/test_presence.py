from __future__ import annotations

import asyncio

from peerplan_jupyter.agent.server import build

from .conftest import (
    ERAS,
    agent,
    annotate,
    by_a_person,
    data,
    made,
    run,
    until,
    until_waiting,
    verdict,
)


def receipts(workspace, plan):
    return workspace.peer.call(lambda plans: plans.get(plan).receipts)


@ERAS
def test_people_see_that_an_agent_waits_works_and_leaves(workspace, mode):
    async def loop():
        async with agent(workspace, mode, name="claude-code") as call:
            plan, cursor = await made(call)
            (there,) = workspace.attendance.roster(plan)
            assert (there.actor.name, there.actor.kind) == ("claude-code", "agent")
            assert (there.working, there.waiting) == (True, False)
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            await until_waiting(workspace, plan)
            assert workspace.attendance.agent(plan)["state"] == "waiting"
            await annotate(workspace, plan)
            await wait
            assert workspace.attendance.agent(plan)["state"] == "working"
            assert len(workspace.attendance.roster(plan)) == 1
        assert workspace.attendance.roster(plan) == []
        assert workspace.attendance.agent(plan)["state"] == "away"

    run(loop)


def test_an_agent_that_is_not_heard_of_leaves(workspace):
    async def loop():
        async with agent(workspace, idle_seconds=0.05) as call:
            plan, cursor = await made(call)
            await until(workspace, plan, lambda roster: not roster)
            wait = asyncio.ensure_future(
                call("wait_for_feedback", plan=plan, cursor=cursor, timeout_seconds=0.3)
            )
            await until_waiting(workspace, plan)
            assert data(await wait)["timed_out"]
            await until(workspace, plan, lambda roster: not roster)

    run(loop)


def test_one_of_two_waits_that_ends_leaves_the_other_waiting(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, cursor = await made(call)
            waits = [
                asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
                for _ in range(2)
            ]
            await until_waiting(workspace, plan)
            short = await call("wait_for_feedback", plan=plan, cursor=cursor, timeout_seconds=0)
            assert data(short)["timed_out"]
            assert workspace.attendance.agent(plan)["state"] == "waiting"
            await annotate(workspace, plan)
            await asyncio.gather(*waits)
            assert workspace.attendance.agent(plan)["state"] == "working"

    run(loop)


def test_every_client_is_an_agent_of_its_own_and_never_a_person(workspace):
    async def loop():
        server = build(workspace)
        async with (
            agent(workspace, server=server, name="one\n\x1b[31m") as one,
            agent(workspace, server=server, name="") as two,
        ):
            plan, _ = await made(one)
            await two("edit_plan", plan=plan, title="T")
            roster = workspace.attendance.roster(plan)
            assert sorted(there.actor.name for there in roster) == ["agent", "one"]
            assert len({there.actor.id for there in roster}) == 2
        return workspace.peer.call(lambda plans: plans.get(plan).identities)

    assert {one.kind for one in run(loop).values()} == {"agent"}


def test_people_see_when_their_words_were_received_and_read(workspace):
    async def loop():
        async with agent(workspace, name="writer") as call:
            plan, _ = await made(call)
        early = await annotate(workspace, plan, "early")
        assert receipts(workspace, plan) == {}
        async with agent(workspace) as call:
            told = data(await call("get_plan", plan=plan))
            assert told["standing"]["unanswered"] == 1
            seen = receipts(workspace, plan)[early]
            assert seen.received
            assert seen.read is None
            data(await call("list_feedback", plan=plan))
            assert receipts(workspace, plan)[early].read
            await call("request_review", plan=plan)
            late = await annotate(workspace, plan, "late")
            mine = data(await call("reply", plan=plan, annotation=late, content="Hm"))["reply"]
            answer = await by_a_person(
                workspace, plan, op="reply", annotationId=late, content="And?"
            )
            review = await verdict(workspace, plan, "changes_requested", "No.")
            assert late not in receipts(workspace, plan)
            await call("wait_for_feedback", plan=plan)
            known = receipts(workspace, plan)
            for item in (late, f"{late}/{answer}", review):
                assert known[item].received
                assert known[item].read
            assert f"{late}/{mine}" not in known
        return plan

    plan = run(loop)
    shown = workspace.peer.call(lambda plans: plans.get(plan).plan())
    assert all(one.receipt.read for one in shown.annotations)
    assert shown.reviews[0].receipt.read


def test_reading_twice_records_nothing_more(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            await annotate(workspace, plan)
            await call("list_feedback", plan=plan)
            before = workspace.peer.call(lambda plans: plans.get(plan).version())
            await call("list_feedback", plan=plan)
            await call("wait_for_feedback", plan=plan)
            assert workspace.peer.call(lambda plans: plans.get(plan).version()) == before

    run(loop)


def test_what_an_agent_was_handed_is_no_longer_unread_to_it(workspace):
    async def loop():
        async with agent(workspace) as call:
            plan, _ = await made(call)
            await annotate(workspace, plan)
            reader = workspace.actor("agent", "builder", "builder").id
            assert (await workspace.summaries(reader))[0]["unread"] == 1
            await call("wait_for_feedback", plan=plan)
            assert (await workspace.summaries(reader))[0]["unread"] == 0

    run(loop)
