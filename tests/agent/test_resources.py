from __future__ import annotations

import asyncio
import json
import threading

import pytest
from mcp import MCPError

from peerplan_jupyter.agent.subscriptions import MOST

from .conftest import ERAS, agent, annotate, listening, made, run, subscribe


def read(result):
    return json.loads(result.contents[0].text)


@ERAS
def test_plans_and_feedback_are_resources(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, _ = await made(call)
            key = await annotate(workspace, plan, "Why\x1b[31m so?")
            client = call.client
            assert [str(one.uri) for one in (await client.list_resources()).resources] == [
                "peerplan://plans"
            ]
            templates = (await client.list_resource_templates()).resource_templates
            assert [one.uri_template for one in templates] == [
                "peerplan://plans/{plan_id}",
                "peerplan://plans/{plan_id}/feedback",
            ]
            listed = read(await client.read_resource("peerplan://plans"))
            assert [one["id"] for one in listed] == [plan]
            whole = read(await client.read_resource(f"peerplan://plans/{plan}"))
            assert whole["plan"]["annotations"][0]["id"] == key
            told = read(await client.read_resource(f"peerplan://plans/{plan}/feedback"))
            assert told["items"][0]["untrusted_text"] == "Why so?"
            with pytest.raises(MCPError, match="There is no plan 'nowhere'"):
                await client.read_resource("peerplan://plans/nowhere")

    run(loop)


@ERAS
def test_who_listens_is_told_of_changes_that_others_make(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            assert call.client.server_capabilities.resources.subscribe
            plan, _ = await made(call)
            other, _ = await made(call)
            uri = f"peerplan://plans/{plan}/feedback"
            async with listening(call, mode, uri) as changed:
                await annotate(workspace, other)
                done = threading.Thread(target=lambda: workspace.run(annotate(workspace, plan)))
                done.start()
                assert await changed() == uri
                done.join()
            async with listening(call, mode, "peerplan://plans") as changed:
                fresh, _ = await made(call)
                assert await changed() == "peerplan://plans"
            told = read(await call.client.read_resource("peerplan://plans", cache_mode="refresh"))
            assert fresh in [one["id"] for one in told]

    run(loop)


@ERAS
def test_nobody_is_told_after_they_stopped_listening(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            plan, _ = await made(call)
            uri = f"peerplan://plans/{plan}"
            async with listening(call, mode, uri):
                assert await listeners(workspace) == 1
            await annotate(workspace, plan)
            await until_nobody_listens(workspace)
            assert call.heard.empty()

    run(loop)


def test_a_client_that_leaves_without_unsubscribing_is_forgotten(workspace):
    async def loop():
        async with agent(workspace, "legacy") as call:
            plan, _ = await made(call)
            await subscribe(call, f"peerplan://plans/{plan}")
            await subscribe(call, f"peerplan://plans/{plan}/feedback")
            assert await listeners(workspace) == 1
        await until_nobody_listens(workspace)

    run(loop)


def test_what_was_not_subscribed_to_may_be_unsubscribed_and_subscriptions_are_limited(workspace):
    async def loop():
        async with agent(workspace, "legacy") as call:
            await subscribe(call, "peerplan://plans", on=False)
            for number in range(MOST):
                await subscribe(call, f"peerplan://plans/{number}")
            with pytest.raises(MCPError, match="At most 1000"):
                await subscribe(call, "peerplan://plans")

    run(loop)


async def until_nobody_listens(workspace):
    while await listeners(workspace):
        await asyncio.sleep(0.02)


async def listeners(workspace):
    return await workspace.peer.acall(lambda plans: len(plans._listeners))


@ERAS
def test_prompts_tell_how_to_plan_and_how_to_answer(workspace, mode):
    async def loop():
        async with agent(workspace, mode) as call:
            prompts = {one.name: one for one in (await call.client.list_prompts()).prompts}
            assert sorted(prompts) == ["address_feedback", "write_plan"]
            write = await call.client.get_prompt("write_plan", {"task": "Expire sessions"})
            address = await call.client.get_prompt("address_feedback", {"plan": "sessions"})
            tools = {tool.name for tool in (await call.client.list_tools()).tools}
            return [one.messages[0].content.text for one in (write, address)], tools

    (write, address), tools = run(loop)
    assert "Expire sessions" in write
    assert "plan sessions" in address
    for word in ("create_plan", "attach_artifact", "request_review", "publish", "update_step"):
        assert word in write
        assert word in tools
    assert "Only people can approve" in address
