from __future__ import annotations

import asyncio
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp_types import Implementation

from peerplan_jupyter.agent.server import build
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
"""`auto` speaks 2026-07-28 with our server, `legacy` 2025-11-25."""


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _own_git_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text("[user]\nname = Maia\nemail = maia@example.org\n")


@pytest.fixture
def repository(tmp_path):
    """A clone with one commit, and its bare remote beside it."""
    remote, work = tmp_path / "remote.git", tmp_path / "work"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    git(tmp_path, "clone", "-q", str(remote), str(work))
    (work / "app.py").write_text("print('hello')\n")
    git(work, "add", "app.py")
    git(work, "commit", "-q", "-m", "Begin")
    git(work, "push", "-q", "origin", "HEAD:main")
    return work


@pytest.fixture
def workspace(tmp_path):
    with Workspace(Home.under(tmp_path / "home")) as made:
        yield made


def run(function, *args, seconds=60):
    """Run a coroutine function to its end, or fail when it takes too long."""

    async def bounded():
        with anyio.fail_after(seconds):
            return await function(*args)

    return asyncio.run(bounded())


@asynccontextmanager
async def agent(workspace, mode="auto", name="builder", server=None, **options):
    """A function that calls tools as an agent of that name."""
    info = Implementation(name=name, version="1")
    target = server or build(workspace, **options)
    async with Client(target, mode=mode, client_info=info) as client:
        yield caller(client)


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
