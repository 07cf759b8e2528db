from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_runtime_dir
from mcp import Client, StdioServerParameters
from mcp_types import Implementation

from peerplan_jupyter.jupyter.link import ServerLink
from peerplan_jupyter.jupyter.servers import base_url
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.attendance import Participant
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from .test_sockets import annotate


@pytest.fixture
def kernel(tmp_path):
    """The workspace of a kernel on the server's journal."""
    with Workspace(Home.under(tmp_path / "peerplan")) as made:
        yield made


@pytest.fixture
def own_server(monkeypatch, http_server, jp_serverapp, jp_http_port, jp_base_url, jp_environ):
    """Let the server have started this process, as it does with kernels."""
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    said = {
        "url": f"http://localhost:{jp_http_port}{jp_base_url}",
        "token": jp_serverapp.identity_provider.token,
        "base_url": jp_base_url,
    }
    path = Path(jupyter_runtime_dir()) / f"jpserver-{os.getpid()}.json"
    path.write_text(json.dumps(said))


async def until(wanted):
    async with asyncio.timeout(10):
        while not wanted():
            await asyncio.sleep(0.01)


def test_a_kernel_finds_the_server_that_started_it(own_server, jp_base_url, monkeypatch):
    assert base_url() == jp_base_url
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert base_url() == ""


async def test_a_kernel_and_its_server_hear_of_each_other(own_server, kernel, plan, jp_serverapp):
    await plan()
    app = jp_serverapp.extension_manager.extension_apps["peerplan_jupyter"]
    service = await next(iter(app)).host.service()
    link = ServerLink(kernel)
    link.follow("pp")
    await until(lambda: link.connection()["peers"] == 1)

    # The agent waits at the server; the kernel's page says so.
    agent = service.workspace.actor("agent", "builder")
    service.workspace.attendance.enter("pp", Participant(peer="a", actor=agent, waiting=True))
    await until(lambda: kernel.attendance.agent("pp")["state"] == "waiting")

    # Somebody looks at the plan in the kernel's widget; the server knows.
    person = kernel.actor("human", "Maia")
    kernel.attendance.enter("pp", Participant(peer="w", actor=person, focus="step-1"))
    there = lambda: [one.focus for one in service.workspace.attendance.roster("pp")]  # noqa: E731
    await until(lambda: "step-1" in there())

    # What changes in the kernel is at the server, and only once in the journal they share.
    await kernel.submit("pp", parse_operation(annotate("Here"), person))
    rows = await kernel.peer.acall(lambda plans: plans.journal.updates("pp"))
    await until(lambda: service.workspace.peer.call(lambda plans: plans.get("pp").annotations()))
    assert await kernel.peer.acall(lambda plans: plans.journal.updates("pp")) == rows
    await asyncio.to_thread(kernel.close)
    await until(lambda: "step-1" not in there())


async def test_a_kernel_on_another_journal_does_not_link(own_server, plan, tmp_path):
    await plan()
    with Workspace(Home.under(tmp_path / "elsewhere")) as other:
        link = ServerLink(other)
        other.peer.spawn(link._follow("pp"))
        assert not await asyncio.wrap_future(other.peer.spawn(link._is_ours(_server())))
        assert link.connection()["peers"] == 0


def _server():
    from peerplan_jupyter.jupyter.servers import own_server

    return own_server()


async def test_people_at_the_server_see_an_agent_on_standard_io(own_server, plan, jp_serverapp):
    await plan()
    app = jp_serverapp.extension_manager.extension_apps["peerplan_jupyter"]
    service = await next(iter(app)).host.service()
    attendance = service.workspace.attendance
    command = [sys.executable, "-c", "from peerplan_jupyter.cli import main; main()", "mcp"]
    server = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    async with Client(server, client_info=Implementation(name="stdio", version="1")) as client:
        asked = {"plan": "pp", "timeout_seconds": 30}
        waiting = asyncio.create_task(client.call_tool("wait_for_feedback", asked))
        await until(lambda: attendance.agent("pp")["state"] == "waiting")
        assert attendance.agent("pp")["name"] == "stdio"
        person = service.workspace.actor("human", "Maia")
        await service.workspace.submit("pp", parse_operation(annotate("Look"), person))
        assert (await waiting).structured_content["items"][0]["untrusted_text"] == "Look"
    await until(lambda: attendance.agent("pp")["state"] == "away")
