from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import httpx2
import pytest
import uvicorn

from peerplan_jupyter.agent.server import build

from .conftest import (
    ERAS,
    agent,
    annotate,
    data,
    made,
    run,
    until,
    until_waiting,
)

HEADERS = {"Accept": "application/json, text/event-stream"}


@asynccontextmanager
async def serving(workspace, **options):
    """The server's URL, as long as the block lasts."""
    app = build(workspace, **options).streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        task = asyncio.ensure_future(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server.should_exit = True
        await task


@ERAS
def test_the_loop_runs_over_http(workspace, mode):
    async def loop():
        async with (
            serving(workspace) as url,
            agent(workspace, mode, server=url) as call,
        ):
            plan, cursor = await made(call)
            await call("request_review", plan=plan)
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            await until_waiting(workspace, plan)
            key = await annotate(workspace, plan)
            told = data(await wait)
            assert [one["id"] for one in told["items"]] == [key]
            data(await call("reply", plan=plan, annotation=key, content="Because."))
            assert workspace.attendance.agent(plan)["state"] == "working"
        assert workspace.attendance.roster(plan) == []

    run(loop)


@ERAS
def test_a_wait_that_is_cancelled_over_http_leaves_the_roster(workspace, mode):
    async def loop():
        async with serving(workspace) as url:
            async with agent(workspace, mode, server=url) as call:
                plan, cursor = await made(call)
                wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
                await until_waiting(workspace, plan)
                wait.cancel()
                await until(workspace, plan, lambda roster: not roster)
            key = await annotate(workspace, plan)
            async with agent(workspace, mode, server=url) as call:
                told = data(await call("wait_for_feedback", plan=plan, cursor=cursor))
                assert [one["id"] for one in told["items"]] == [key]

    run(loop)


def test_two_agents_over_http_wait_apart(workspace):
    async def loop():
        async with (
            serving(workspace) as url,
            agent(workspace, server=url, name="one") as one,
            agent(workspace, "legacy", server=url, name="two") as two,
        ):
            plan, cursor = await made(one)
            waits = [
                asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
                for call in (one, two)
            ]
            await until_waiting(workspace, plan, 2)
            names = {there.actor.name for there in workspace.attendance.roster(plan)}
            assert names == {"one", "two"}
            waits[0].cancel()
            await until(workspace, plan, lambda roster: len(roster) == 1)
            key = await annotate(workspace, plan)
            assert [item["id"] for item in data(await waits[1])["items"]] == [key]

    run(loop)


def test_a_session_that_ends_leaves_the_roster(workspace):
    async def loop():
        async with serving(workspace) as url:
            async with agent(workspace, "legacy", server=url) as call:
                plan, _ = await made(call)
                assert len(workspace.attendance.roster(plan)) == 1
            await until(workspace, plan, lambda roster: not roster)

    run(loop)


async def rpc(http, url, key, method, params, **headers):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    message |= {"id": key} if key else {}
    return await http.post(url, json=message, headers=HEADERS | headers)


async def begun(http, url):
    """The header of a session of the earlier protocol that was just begun."""
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    }
    answered = await rpc(http, url, 1, "initialize", hello)
    session = {"mcp-session-id": answered.headers["mcp-session-id"]}
    await rpc(http, url, None, "notifications/initialized", {}, **session)
    return session


async def told(http, url, session, count):
    """What the first `count` notifications on a stream that is opened now name."""
    named = []
    async with http.stream("GET", url, headers={**HEADERS, **session}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: {"):
                named.append(json.loads(line.removeprefix("data: "))["params"]["uri"])
            if len(named) == count:
                break
    return named


def test_what_changes_while_a_client_has_no_stream_open_is_told_once_it_has(workspace):
    async def loop():
        async with (
            serving(workspace) as url,
            agent(workspace) as call,
            httpx2.AsyncClient(timeout=30) as http,
        ):
            plan, _ = await made(call)
            session = await begun(http, url)
            uris = [f"peerplan://plans/{plan}", f"peerplan://plans/{plan}/feedback"]
            for uri in uris:
                await rpc(http, url, 2, "resources/subscribe", {"uri": uri}, **session)
            for _ in range(3):
                await annotate(workspace, plan)
            assert await told(http, url, session, 2) == uris

    run(loop)


def test_a_connection_that_breaks_while_an_agent_waits_is_noticed(workspace):
    """The earlier protocol lets a request live on after its connection, so a killed client is
    told from a quiet one by its connection only.
    """

    async def loop():
        async with serving(workspace) as url, agent(workspace) as call:
            plan, cursor = await made(call)
            await until(workspace, plan, lambda roster: len(roster) == 1)
            async with httpx2.AsyncClient(timeout=30) as http:
                session = await begun(http, url)
                arguments = {"plan": plan, "cursor": cursor}
                params = {"name": "wait_for_feedback", "arguments": arguments}
                waiting = asyncio.ensure_future(rpc(http, url, 2, "tools/call", params, **session))
                await until_waiting(workspace, plan)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            await until(
                workspace, plan, lambda roster: {one.actor.name for one in roster} == {"builder"}
            )
            key = await annotate(workspace, plan)
            seen = await workspace.peer.acall(lambda plans: plans.get(plan).receipts.get(key))
            assert seen is None

    run(loop)


def test_the_bare_protocol_answers_errors_with_their_code(workspace):
    async def loop():
        async with serving(workspace) as url, httpx2.AsyncClient(timeout=30) as http:
            meta = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            params = {"name": "get_plan", "arguments": {"plan": "nowhere"}, "_meta": meta}
            headers = {
                "mcp-protocol-version": "2026-07-28",
                "mcp-method": "tools/call",
                "mcp-name": "get_plan",
            }
            return json.loads((await rpc(http, url, 1, "tools/call", params, **headers)).text)

    result = run(loop)["result"]
    assert result["isError"]
    assert result["structuredContent"]["error"]["code"] == "not_found"
