from __future__ import annotations

import asyncio
from types import SimpleNamespace

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ResourceUpdatedNotification

from peerplan_jupyter.store.agent_token import agent_token
from peerplan_jupyter.store.home import Home

from ..agent.conftest import listening
from .test_sockets import annotate


@pytest.fixture
def endpoint(http_server, jp_serverapp, jp_http_port, jp_base_url):
    """Connect an agent to the server's MCP endpoint."""

    def connect(http):
        url = f"http://localhost:{jp_http_port}{jp_base_url}peerplan/mcp"
        return streamable_http_client(url, http_client=http)

    return connect


@pytest.fixture
def token(jp_serverapp):
    return jp_serverapp.identity_provider.token


def headers(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_agent_is_woken_by_what_a_person_says(endpoint, token, ask, mode):
    async with (
        httpx2.AsyncClient(headers=headers(token), timeout=30) as http,
        Client(endpoint(http), mode=mode) as agent,
    ):
        await agent.call_tool("create_plan", {"title": "Sessions", "plan_id": "pp"})
        waiting = asyncio.ensure_future(
            agent.call_tool("wait_for_feedback", {"plan": "pp", "timeout_seconds": 30})
        )
        async with asyncio.timeout(20):
            while (await ask("plans"))[1]["plans"][0]["agent"]["state"] != "waiting":
                await asyncio.sleep(0.02)
            await ask("plans/pp/operations", annotate("Which tokens?"))
            got = await waiting
    assert "Which tokens?" in got.content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_agent_that_follows_a_resource_is_told_what_a_person_says(
    endpoint, token, ask, mode
):
    heard, uri = asyncio.Queue(), "peerplan://plans/pp/feedback"

    async def hear(message):
        if isinstance(message, ResourceUpdatedNotification):
            heard.put_nowait(message.params.uri)

    async with (
        httpx2.AsyncClient(headers=headers(token), timeout=30) as http,
        Client(endpoint(http), mode=mode, message_handler=hear) as agent,
    ):
        assert agent.server_capabilities.resources.subscribe
        await agent.call_tool("create_plan", {"title": "Sessions", "plan_id": "pp"})
        async with (
            asyncio.timeout(30),
            listening(SimpleNamespace(client=agent, heard=heard), mode, uri) as changed,
        ):
            await ask("plans/pp/operations", annotate("Which tokens?"))
            assert await changed() == uri


async def test_an_agent_that_goes_away_is_no_longer_waiting(endpoint, token, ask):
    async with httpx2.AsyncClient(headers=headers(token), timeout=30) as http:
        async with Client(endpoint(http)) as agent:
            await agent.call_tool("create_plan", {"title": "Sessions", "plan_id": "pp"})
            waiting = asyncio.ensure_future(
                agent.call_tool("wait_for_feedback", {"plan": "pp", "timeout_seconds": 60})
            )
            async with asyncio.timeout(20):
                while (await ask("plans"))[1]["plans"][0]["agent"]["state"] != "waiting":
                    await asyncio.sleep(0.02)
            waiting.cancel()
        async with asyncio.timeout(20):
            while (await ask("plans"))[1]["plans"][0]["agent"]["state"] == "waiting":
                await asyncio.sleep(0.02)


async def test_an_agent_with_a_wrong_token_is_refused(endpoint):
    async with httpx2.AsyncClient(headers=headers("wrong")) as http:
        with pytest.raises(BaseException) as error:  # noqa: PT011 (anyio wraps it in groups)
            async with Client(endpoint(http)):
                pass
    assert error.group_contains(MCPError)


async def test_no_tool_approves(endpoint, token):
    async with (
        httpx2.AsyncClient(headers=headers(token), timeout=30) as http,
        Client(endpoint(http)) as agent,
    ):
        names = {tool.name for tool in (await agent.list_tools()).tools}
    assert "wait_for_feedback" in names
    assert not {name for name in names if "approve" in name or "submit_review" in name}


@pytest.fixture
def agents_token(tmp_path):
    return agent_token(Home.under(tmp_path / "peerplan"))


async def test_the_token_for_agents_opens_the_mcp_endpoint(endpoint, agents_token):
    async with (
        httpx2.AsyncClient(headers=headers(agents_token), timeout=30) as http,
        Client(endpoint(http)) as agent,
    ):
        made = await agent.call_tool("create_plan", {"title": "Sessions", "plan_id": "pp"})
    assert made.structured_content["plan"] == "pp"


@pytest.mark.parametrize(
    "path", ["peerplan/api/plans", "peerplan/api/here", "api/contents", "api/kernels"]
)
async def test_the_token_for_agents_opens_nothing_else(
    http_server, jp_http_port, jp_base_url, agents_token, path
):
    url = f"http://localhost:{jp_http_port}{jp_base_url}{path}"
    async with httpx2.AsyncClient(headers=headers(agents_token), timeout=30) as http:
        assert (await http.get(url)).status_code == 403
        assert (await http.post(url, json={})).status_code == 403
