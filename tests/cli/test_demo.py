"""The demo with a person at the other end who is played here, through the journal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from peerplan_jupyter.cli.demo.chromium import NAMES, find_chromium
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

COMMAND = "from peerplan_jupyter.cli import main; main()"


@pytest.fixture
def demo(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "demo", "--json", "--keep", str(tmp_path / "kept")],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def until(process, name):
    """The next event of this name, and all before it."""
    passed = []
    for line in process.stdout:
        passed.append(json.loads(line))
        if passed[-1]["event"] == name:
            return passed[-1], passed
    raise AssertionError(f"{name} never came after {passed[-3:]}")


def person(workspace, plan, **operation):
    actor = workspace.actor("human", "Maia")
    workspace.run(workspace.submit(plan, parse_operation(operation, actor)))


def now(plans, plan):
    """The plan with what other processes wrote until now."""
    plans.poll()
    return plans.get(plan)


def approve(workspace, plan):
    revision = workspace.peer.call(lambda plans: now(plans, plan).revision)
    named = {"revision": revision.id, "digest": revision.digest}
    person(workspace, plan, op="submit_review", verdict="approved", summary="Go", **named)


def test_what_a_person_writes_wakes_the_agent_and_changes_the_plan(demo, tmp_path):
    event, passed = until(demo, "review_notebook")
    plan = next(one["plan"] for one in passed if one["event"] == "plan_created")
    assert "/lab/tree/review.ipynb" in event["url"]
    with Workspace(Home.under(tmp_path / "kept" / "home")) as workspace:
        quote = {"exact": "Sessions expire after 24 hours."}
        target = {"type": "text", "quote": quote}
        person(workspace, plan, op="annotate", type="concern", content="Hm", target=target)
        _, heard = until(demo, "review_requested")
        assert {"woken", "heard", "edited", "replied", "disposition_set"} <= {
            one["event"] for one in heard
        }
        content = workspace.peer.call(lambda plans: now(plans, plan).content)
        assert "seven days" in content.split("Sessions expire after 24 hours.")[1][:400]
        until(demo, "waiting")
        approve(workspace, plan)
    checked, _ = until(demo, "checked")
    assert (checked["artifacts"], checked["annotations"]) == (6, 1)
    until(demo, "done")
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert json.loads(rest.splitlines()[-1])["folder"] == str(tmp_path / "kept")


def test_ctrl_c_ends_everything_that_the_demo_started(demo, tmp_path):
    until(demo, "server_started")
    folder = str(tmp_path / "kept")
    soon(lambda: len(running_in(folder)) == 2)
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert [json.loads(line)["event"] for line in rest.splitlines()][-2:] == ["stopped", "kept"]
    assert running_in(folder) == []


def test_nothing_outlives_a_demo_that_was_killed(demo, tmp_path):
    until(demo, "connected")
    demo.kill()
    soon(lambda: running_in(str(tmp_path / "kept")) == [])


def test_a_browser_that_is_not_there_is_said_before_anything_is_started(
    peerplan, tmp_path, monkeypatch
):
    monkeypatch.setenv("PEERPLAN_CHROMIUM", str(tmp_path / "nothing"))
    refused = peerplan("demo", "--play", "--keep", tmp_path / "kept", "--json")
    assert (refused.code, refused.error["code"]) == (3, "not_found")
    assert "install" in refused.error["hint"]
    assert not (tmp_path / "kept").exists()


@pytest.fixture
def without_chromium(tmp_path, monkeypatch):
    """Everything that is on the PATH but a Chromium, and a package manager to be written."""
    tools = tmp_path / "tools"
    tools.mkdir()
    hidden = {*NAMES, "apt-get"}
    for folder in map(Path, os.environ["PATH"].split(os.pathsep)):
        for tool in folder.iterdir() if folder.is_dir() else ():
            if tool.name not in hidden and not (tools / tool.name).exists():
                (tools / tool.name).symlink_to(tool)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("PEERPLAN_CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    return tools


def write_tool(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


AS_ROOT = os.geteuid() == 0
HANGS = "exec sleep 600"


@pytest.mark.skipif(not AS_ROOT, reason="a package manager installs for root alone")
def test_a_play_installs_the_browser_that_is_missing_and_is_ended_when_it_takes_too_long(
    peerplan, tmp_path, without_chromium
):
    chromium = without_chromium / "chromium"
    write_tool(tmp_path / "hangs", HANGS)
    write_tool(without_chromium / "apt-get", f"[ $1 != install ] || mv {tmp_path}/hangs {chromium}")
    events = too_long(peerplan, tmp_path)
    assert [one["event"] for one in events[:3]] == [
        "browser_missing", "browser_installed", "repository"
    ]  # fmt: skip
    assert events[1]["path"] == str(chromium)


@pytest.mark.skipif(AS_ROOT, reason="the play that installs a browser is ended as well")
def test_a_play_that_takes_too_long_is_ended(peerplan, tmp_path, monkeypatch):
    write_tool(tmp_path / "hangs", HANGS)
    monkeypatch.setenv("PEERPLAN_CHROMIUM", str(tmp_path / "hangs"))
    too_long(peerplan, tmp_path)


def too_long(peerplan, tmp_path):
    """What a play tells that is ended since its browser hangs."""
    ended = peerplan("demo", "--play", "--limit", "10", "--keep", tmp_path / "kept", "--json")
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, ended.error["code"]) == (11, "unreachable")
    assert "longer than it may" in ended.error["message"]
    assert [one["event"] for one in events[-3:]] == ["failed", "stopped", "kept"]
    assert running_in(str(tmp_path / "kept")) == []
    return events


def test_playwrights_own_chromium_is_found_before_those_on_the_path(
    tmp_path, without_chromium, monkeypatch
):
    write_tool(without_chromium / "chromium", HANGS)
    assert find_chromium() == without_chromium / "chromium"
    with sync_playwright() as play:
        own = Path(play.chromium.executable_path)
    assert tmp_path / "browsers" in own.parents
    own.parent.mkdir(parents=True)
    write_tool(own, HANGS)
    assert find_chromium() == own


def test_a_browser_that_cannot_be_installed_is_said_with_what_the_installer_said(
    peerplan, tmp_path, without_chromium
):
    write_tool(without_chromium / "apt-get", "echo 'no package archive' >&2; exit 100")
    (tmp_path / "browsers").write_text("a file where a folder should be")
    refused = peerplan("demo", "--play", "--keep", tmp_path / "kept", "--json")
    assert [json.loads(line)["event"] for line in refused.out.splitlines()] == ["browser_missing"]
    assert (refused.code, refused.error["code"]) == (3, "not_found")
    assert "No Chromium was found" in refused.error["message"]
    assert "playwright install chromium` said: " in refused.error["message"]
    assert "install" in refused.error["hint"]
    assert not (tmp_path / "kept").exists()


def soon(happened):
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.05)


def running_in(folder):
    """The ids of other processes whose environment names the folder."""
    if not Path("/proc").is_dir():
        pytest.skip("only where /proc tells the environment of processes")
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            named = folder.encode() in (place / "environ").read_bytes()
        except OSError:
            continue
        if named and int(place.name) != os.getpid():
            found.append(place.name)
    return found
