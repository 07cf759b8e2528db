from __future__ import annotations

import os
import queue
import signal
import time

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import settings_file

from ..support.nursery import nursery
from ..support.workspaces import break_journal, publish_plan
from .conftest import git

OPEN = "import peerplan_jupyter as peerplan\nplan = peerplan.create('T', 'Abc', id='pp')\nplan"


KERNELS = (
    "ipykernel.kernelapp", "IPython.core.completer", "anywidget", "git", "aiortc",
    "peerplan_jupyter.jupyter.notebook", "peerplan_jupyter.jupyter.widget",
    "peerplan_jupyter.sync.mesh.mesh",
)  # fmt: skip
"""What forks kernels has imported these."""


class Notebook:
    """A kernel in a process of its own, with what a notebook's page does to it."""

    def __init__(self, folder):
        self.folder, self.file = folder, str(folder / f"kernel-{new_id()}.json")
        write_connection_file(self.file)
        self.begin()

    def begin(self):
        self.process = nursery("ipykernel.kernelapp", *KERNELS).start(
            "-f", self.file, folder=self.folder, complaints=self.folder / "complaints"
        )
        self.client = BlockingKernelClient(connection_file=self.file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.subshell = self.create_subshell()

    def create_subshell(self):
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        return self.client.get_control_msg(timeout=30)["content"]["subshell_id"]

    def interrupt(self):
        os.kill(self.process.pid, signal.SIGINT)

    def restart(self):
        self.close()
        self.begin()

    def close(self):
        """Kill it, as a server does that is asked for another at once."""
        self.client.stop_channels()
        self.process.kill()
        with self.process:
            pass

    def run(self, code):
        """Run a cell to its end; its outputs, and the widget states that it opened."""
        sent, outputs, opened = self.client.execute(code), [], {}
        while True:
            got = self.client.get_iopub_msg(timeout=60)
            if got["msg_type"] == "comm_open":
                opened[got["content"]["comm_id"]] = got["content"]["data"]["state"]
            if got["parent_header"].get("msg_id") != sent:
                continue
            if got["msg_type"] in {"execute_result", "stream", "error"}:
                outputs.append(got["content"])
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return outputs, opened

    def show(self, code):
        """Run a cell whose result is a plan; the widget's model id and its state."""
        outputs, opened = self.run(code)
        assert "data" in outputs[-1], outputs
        model = outputs[-1]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
        return model, opened.get(model), outputs[-1]["data"]["text/html"]

    def say(self, model, **message):
        """Send a custom message as JupyterLab does, over the subshell of the widgets."""
        content = {"comm_id": model, "data": {"method": "custom", "content": message}}
        wire = self.client.session.msg("comm_msg", content)
        wire["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(wire)

    def ask(self, model, **message):
        self.say(model, **message, re=7)
        return self.expect(model, lambda got: got.get("re") == 7)

    def expect(self, model, matches):
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            try:
                got = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if got["msg_type"] == "comm_msg" and got["content"]["comm_id"] == model:
                message = got["content"]["data"].get("content", {})
                if matches(message):
                    return message | {"buffers": [bytes(one) for one in got["buffers"]]}
        raise AssertionError("No such message came.")


@pytest.fixture
def notebook(tmp_path):
    (tmp_path / "notebooks").mkdir()
    made = Notebook(tmp_path / "notebooks")
    yield made
    made.close()


def make_repository(folder):
    """A repository without a remote: what is published stays on its own plan branch."""
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    return folder


def annotate(content="Hm"):
    return {
        "op": "annotate",
        "id": new_id(),
        "type": "concern",
        "content": content,
        "target": {"type": "plan"},
    }


@pytest.fixture
def busy(notebook, tmp_path):
    """Run a cell that ends only when the test is over."""
    made = []

    def begin():
        code = (
            "import pathlib, time\npathlib.Path('busy').touch()\n"
            "while not pathlib.Path('enough').exists(): time.sleep(0.05)"
        )
        made.append(notebook.client.execute(code))
        ends = time.monotonic() + 30
        while not (tmp_path / "notebooks" / "busy").exists():
            assert time.monotonic() < ends
            time.sleep(0.01)

    yield begin
    (tmp_path / "notebooks" / "enough").touch()


def test_a_plan_opens_in_a_notebook_with_a_small_loader(notebook):
    model, state, html = notebook.show(OPEN)
    assert len(state["_esm"]) < 10_000
    assert (state["plan_id"], len(state["journal"])) == ("pp", 26)
    assert "<h2>T</h2>" in html
    view = notebook.ask(model, kind="open")["view"]
    assert (view["plan"]["content"], view["live"]["connection"]["path"]) == ("Abc", "this kernel")
    bundle = notebook.ask(model, kind="bundle")
    assert (bundle["version"], len(bundle["buffers"])) == (state["version"], 1)


def test_a_link_is_given_away_and_taken_back_in_a_notebook(notebook):
    file = settings_file(Home.default())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[rooms]\nservers = ["ws://127.0.0.1:9/"]')
    model, _, _ = notebook.show(OPEN)
    made = notebook.ask(model, kind="invite", seconds=60, note="Ben")["invitation"]
    assert "server=ws%3A%2F%2F127.0.0.1%3A9%2F" in made["url"]
    notebook.ask(model, kind="revoke", invitation=made["id"])
    [gone] = notebook.ask(model, kind="invitations")["invitations"]
    assert (gone["note"], gone["state"]) == ("Ben", "revoked")


def test_review_goes_on_while_a_cell_is_running(notebook, busy):
    model, _, _ = notebook.show(OPEN)
    notebook.ask(model, kind="open")
    busy()
    operation = annotate()
    started = time.monotonic()
    assert notebook.ask(model, kind="submit", operation=operation)["kind"] == "accepted"
    assert time.monotonic() - started < 5

    # The agent, in a process of its own, is woken and answers; the page shows it.
    with Workspace() as agent:
        me = agent.actor("agent", "builder")
        woken = agent.run(agent.feed.wait("pp", "", me.id, 20))
        assert [item.content for item in woken.items] == ["Hm"]
        reply = {"op": "reply", "annotationId": operation["id"], "content": "Done"}
        agent.run(agent.submit("pp", parse_operation(reply, me)))
        change = notebook.expect(model, lambda got: got.get("kind") == "change")["change"]
    assert change["annotations"][operation["id"]]["replies"][0]["content"] == "Done"
    # The kernel has sent by itself meanwhile; what the page asks for still gets through.
    assert notebook.ask(model, kind="submit", operation=annotate())["kind"] == "accepted"


def test_what_a_killed_kernel_accepted_is_there_after_the_restart(notebook):
    model, _, _ = notebook.show(OPEN)
    operation = annotate()
    notebook.ask(model, kind="submit", operation=operation)
    notebook.restart()
    again, _, html = notebook.show("import peerplan_jupyter\npeerplan_jupyter.open('pp')")
    assert "Hm" in html
    view = notebook.ask(again, kind="open")["view"]
    assert [one["id"] for one in view["plan"]["annotations"]] == [operation["id"]]
    # The old view sends once more what it got no answer for; nothing happens twice.
    notebook.ask(again, kind="submit", operation=operation)
    assert len(notebook.ask(again, kind="open")["view"]["plan"]["annotations"]) == 1


def test_a_kernel_that_finds_the_journal_broken_has_what_was_published_from_two_repositories(
    notebook, tmp_path
):
    home = Home.default()
    with Workspace(home) as workspace:
        for name in ("one", "two"):
            publish_plan(workspace, name, make_repository(tmp_path / name), "origin")
    break_journal(home)
    code = "import peerplan_jupyter\nprint(sorted(p.title for p in peerplan_jupyter.list_plans()))"
    outputs, _ = notebook.run(code)
    assert outputs[-1]["text"] == "['One', 'Two']\n"
    with Workspace(home) as workspace:
        assert (workspace.recovered, workspace.read_back) == (None, [])
        here = workspace.run(workspace.summaries())
        assert sorted(one["id"] for one in here) == ["one", "two"]


def test_messages_that_make_no_sense_are_answered_and_break_nothing(notebook):
    model, _, _ = notebook.show(OPEN)
    for message in ({"kind": "nonsense"}, {"kind": "submit"}, {"kind": "submit", "operation": []}):
        assert notebook.ask(model, **message)["error"]["code"] == "invalid_input"
    assert notebook.run("1 + 1")[0][0]["data"]["text/plain"] == "2"


def test_two_notebooks_see_each_others_changes(notebook, tmp_path):
    model, _, _ = notebook.show(OPEN)
    notebook.ask(model, kind="open")
    other = Notebook(tmp_path / "notebooks")
    try:
        theirs, _, _ = other.show("import peerplan_jupyter\npeerplan_jupyter.open('pp')")
        other.ask(theirs, kind="submit", operation=annotate("From there"))
        change = notebook.expect(model, lambda got: got.get("kind") == "change")["change"]
    finally:
        other.close()
    assert [one["content"] for one in change["annotations"].values()] == ["From there"]


def test_a_kernel_waits_for_an_approval_in_a_cell(notebook):
    model, _, _ = notebook.show(OPEN + ".request_review()\nplan")
    view = notebook.ask(model, kind="open")["view"]
    revision = view["plan"]["revisions"][0]
    notebook.client.execute("print(plan.wait('approved', timeout=30).status)")
    verdict = {"op": "submit_review", "id": new_id(), "verdict": "approved"}
    verdict |= {"revision": revision["id"], "digest": revision["digest"]}
    notebook.ask(
        model, kind="submit", operation={"op": "set_policy", "id": new_id(), "excludeAuthor": False}
    )
    notebook.ask(model, kind="submit", operation=verdict)
    outputs, _ = notebook.run("print('after', plan.status)")
    assert outputs[-1]["text"] == "after approved\n"
