from __future__ import annotations

import asyncio
import warnings
from contextlib import asynccontextmanager

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp_types import Implementation, ResourceUpdatedNotification

from peerplan_jupyter.agent.server import build
from peerplan_jupyter.plan.operations import parse_operation

from ..support.workspaces import git, own_settings, repository, workspace

__all__ = ["git", "own_settings", "repository", "workspace"]

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
"""`auto` speaks 2026-07-28 with our server, `legacy` 2025-11-25."""


def run(function, *args, seconds=60):
    """Run a coroutine function to its end, or fail when it takes too long."""

    async def bounded():
        with anyio.fail_after(seconds):
            return await function(*args)

    return asyncio.run(bounded())


@asynccontextmanager
async def agent(workspace, mode="auto", name="builder", server=None, **options):
    """A function that calls tools as an agent of that name."""
    info, heard = Implementation(name=name, version="1"), asyncio.Queue()
    target = server or build(workspace, **options)

    async def hear(message):
        if isinstance(message, ResourceUpdatedNotification):
            heard.put_nowait(message.params.uri)

    async with Client(target, mode=mode, client_info=info, message_handler=hear) as client:
        call = caller(client)
        call.heard = heard
        yield call


@asynccontextmanager
async def listening(call, mode, *uris):
    """A function that waits for the next of these resources that changed, in either era."""
    if mode == "auto":
        async with call.client.listen(resource_subscriptions=list(uris)) as events:

            async def changed():
                return (await anext(events)).uri

            yield changed
        return
    for uri in uris:
        await subscribe(call, uri)
    yield call.heard.get
    for uri in uris:
        await subscribe(call, uri, on=False)


async def subscribe(call, uri, *, on=True):
    """What the SDK's client warns of, as the later protocol does without it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        await (call.client.subscribe_resource if on else call.client.unsubscribe_resource)(uri)


def caller(client):
    async def call(tool, /, **arguments):
        progress = arguments.pop("_progress", None)
        return await client.call_tool(tool, arguments, progress_callback=progress)

    call.client = client
    return call


async def made(call, **fields):
    """The id of a new plan and the cursor that came with it."""
    wanted = {"title": "Sessions", "content": "# Expiry\n\nTokens live 15 minutes.\n"} | fields
    told = data(await call("create_plan", **wanted))
    return told["plan"], told["cursor"]


def data(result):
    assert not result.is_error, result.content[0].text
    return result.structured_content


def text(result):
    return "\n".join(block.text for block in result.content)


def error(result):
    assert result.is_error
    return result.structured_content["error"]


async def by_a_person(workspace, plan_id, name="Maia", **wire):
    actor = workspace.actor("human", name, name)
    operation = parse_operation(wire, actor)
    await workspace.submit(plan_id, operation)
    return operation.id


async def annotate(workspace, plan_id, content="Why so short?", name="Maia", target=None):
    return await by_a_person(
        workspace,
        plan_id,
        name,
        op="annotate",
        type="concern",
        content=content,
        target=target or {"type": "plan"},
    )


async def verdict(workspace, plan_id, given="approved", summary="", name="Maia"):
    revision = await workspace.peer.acall(lambda plans: plans.get(plan_id).revision)
    return await by_a_person(
        workspace,
        plan_id,
        name,
        op="submit_review",
        revision=revision.id,
        digest=revision.digest,
        verdict=given,
        summary=summary,
    )


async def until(workspace, plan_id, condition):
    """Wait until `condition(roster)` holds, told by the attendance itself."""
    loop, moved = asyncio.get_running_loop(), asyncio.Event()
    stop = workspace.attendance.subscribe(lambda _: loop.call_soon_threadsafe(moved.set))
    try:
        while not condition(workspace.attendance.roster(plan_id)):
            await moved.wait()
            moved.clear()
    finally:
        stop()


async def until_waiting(workspace, plan_id, agents=1):
    await until(workspace, plan_id, lambda all_: sum(one.waiting for one in all_) >= agents)
