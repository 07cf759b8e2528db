from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import pytest
from mcp import StdioServerParameters

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file

from ..support.nursery import nursery
from ..support.stdio import speaking
from ..support.workspaces import break_journal, publish_plan
from .conftest import ERAS, agent, annotate, data, git, listening, made, run

COMMAND = ["-m", "peerplan_jupyter.agent"]
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "raw", "version": "1"},
}


def environment(tmp_path):
    named = ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
    return {key: os.environ[key] for key in named} | {"PEERPLAN_HOME": str(tmp_path / "home")}


def server(tmp_path, folder):
    return StdioServerParameters(
        command=sys.executable, args=COMMAND, env=environment(tmp_path), cwd=folder
    )


def fork(tmp_path, folder):
    """The server in a process of its own, without the seconds that it takes to import it."""
    born = nursery("peerplan_jupyter.agent.__main__", "git", "peerplan_jupyter.agent.server")
    named = environment(tmp_path) | {"PATH": os.environ["PATH"]}
    return born.start(folder=folder, environment=named, complaints=tmp_path / "complaints")


def forked(tmp_path, folder):
    return speaking(fork(tmp_path, folder))


@ERAS
def test_the_loop_runs_between_two_processes_that_share_the_journal(
    workspace, repository, tmp_path, mode
):
    (repository / "run.log").write_text("42 passed\n")

    # One of them begins as agents begin it.
    begin = server if mode == "auto" else forked

    async def loop():
        async with agent(workspace, mode, server=begin(tmp_path, repository)) as call:
            plan, cursor = await made(call, plan_id="sessions", pr=7)
            data(await call("attach_artifact", plan=plan, path="run.log", caption="All pass"))
            data(await call("request_review", plan=plan))
            assert data(await call("publish", plan=plan))["pushed"]
            wait = asyncio.ensure_future(call("wait_for_feedback", plan=plan, cursor=cursor))
            key = await annotate(workspace, plan)
            told = data(await wait)
            assert [one["id"] for one in told["items"]] == [key]
            data(await call("reply", plan=plan, annotation=key, content="Because."))

    run(loop)
    shown = git(
        repository.parent / "remote.git", "show", "plan-artifacts:pr-7/plan-sessions/plan.json"
    )
    assert json.loads(shown)["plan"]["status"] == "pending_review"
    workspace.peer.call(lambda plans: plans.poll())
    seen = workspace.peer.call(lambda plans: plans.get("sessions").annotations()[0])
    assert seen.replies[0].content == "Because."
    assert seen.receipt.read


@ERAS
def test_who_follows_a_resource_on_stdio_is_told_of_what_another_process_wrote(
    workspace, repository, tmp_path, mode
):
    async def loop():
        async with agent(workspace, mode, server=forked(tmp_path, repository)) as call:
            plan, _ = await made(call)
            uri = f"peerplan://plans/{plan}/feedback"
            async with listening(call, mode, uri) as changed:
                await annotate(workspace, plan)
                assert await changed() == uri

    run(loop)


class Raw:
    """A client that writes and reads lines, so that it can vanish as a killed one does."""

    def __init__(self, process):
        self.process = process

    async def begin(self):
        self.send(1, "initialize", INITIALIZE)
        await self.answer(1)
        self.send(None, "notifications/initialized", {})

    def send(self, key, method, params):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        line = json.dumps(message | ({"id": key} if key else {}))
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def call(self, key, tool, **arguments):
        token = {"_meta": {"progressToken": key}}
        self.send(key, "tools/call", {"name": tool, "arguments": arguments, **token})

    def hang_up(self, both):
        """Close the server's stdin, and with `both` stop reading what it says, too."""
        if both:
            self.process.stdout.close()
        self.process.stdin.close()

    async def ask(self, tool, **arguments):
        """What comes of a tool, an error too."""
        self.call(9, tool, **arguments)
        return (await self.answer(9))["structuredContent"]

    async def answer(self, key):
        while True:
            message = await self.line()
            if message.get("id") == key:
                return message["result"]

    async def line(self):
        return json.loads(await asyncio.to_thread(self.process.stdout.readline))


@pytest.mark.parametrize("how", ["hang up", "vanish", "kill"])
def test_an_agent_killed_while_it_waits_leaves_nothing_behind_and_loses_nothing(
    workspace, repository, tmp_path, how
):
    async def loop(process):
        raw = Raw(process)
        await raw.begin()
        raw.call(2, "create_plan", title="Sessions", plan_id="sessions")
        cursor = (await raw.answer(2))["structuredContent"]["cursor"]
        raw.call(3, "wait_for_feedback", plan="sessions", cursor=cursor)
        assert (await raw.line())["method"] == "notifications/progress"
        if how == "kill":
            process.kill()
        else:
            raw.hang_up(how == "vanish")
        ended = await asyncio.to_thread(process.wait, 30)
        assert ended == (-signal.SIGKILL if how == "kill" else 0)
        assert (tmp_path / "complaints").read_text() == ""
        key = await annotate(workspace, "sessions")
        workspace.close()
        with Workspace(workspace.home) as next_one:
            async with agent(next_one) as call:
                told = data(await call("wait_for_feedback", plan="sessions", cursor=cursor))
        assert [one["id"] for one in told["items"]] == [key]

    with fork(tmp_path, repository) as process:
        run(loop, process)


def test_what_an_agent_attaches_is_limited_by_the_users_settings(repository, tmp_path):
    settings_file(Home.under(tmp_path / "home")).write_text("max_artifact_bytes = 10")
    (repository / "run.log").write_text("x" * 11)

    async def loop(raw):
        await raw.begin()
        plan = (await raw.ask("create_plan", title="Sessions"))["plan"]
        return await raw.ask("attach_artifact", plan=plan, path="run.log", caption="c")

    with fork(tmp_path, repository) as process:
        assert run(loop, Raw(process))["error"]["code"] == "too_large"


def test_an_agent_that_finds_the_journal_broken_still_has_its_published_plans(
    workspace, repository, tmp_path
):
    publish_plan(workspace, "sessions", repository, "origin")
    workspace.close()
    break_journal(workspace.home)

    async def loop(raw):
        await raw.begin()
        plans = (await raw.ask("list_plans"))["plans"]
        assert [one["id"] for one in plans] == ["sessions"]
        assert "error" not in await raw.ask("request_review", plan="sessions")
        assert (await raw.ask("publish", plan="sessions"))["pushed"]

    with fork(tmp_path, tmp_path) as process:
        run(loop, Raw(process))
    assert list((tmp_path / "home").glob("journal.corrupt-*"))


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [("home", 12, "PEERPLAN_HOME"), ("home/config/settings.toml", 2, "settings.toml is not TOML")],
)
def test_what_keeps_the_server_from_starting_is_said_in_a_sentence(
    tmp_path, repository, place, code, told
):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("a file that should not be here")

    with fork(tmp_path, repository) as process:
        process.stdin.close()
        assert (process.stdout.read(), process.wait(30)) == ("", code)
    complaints = (tmp_path / "complaints").read_text()
    assert told in complaints
    assert "Traceback" not in complaints
