"""A kernel that lives in a room, while its cells do what cells do."""

from __future__ import annotations

import pytest

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from ..review.test_meetings import PLAN, User, server, soon
from ..review.test_refusals import linked
from .test_kernel import notebook

__all__ = ["notebook", "server"]
BEGIN = f"""
import ctypes, pathlib, time
import peerplan_jupyter as peerplan
plan = peerplan.create("Sessions", "In Redis.", id={PLAN!r})
"""


@pytest.fixture
def ben(tmp_path):
    """Somebody on another machine."""
    with Workspace(Home.under(tmp_path / "ben")) as made:
        yield User(made, "Ben")


@pytest.fixture
def busy(notebook, server, ben, tmp_path):
    """Let Ben into the kernel's room, then run a cell until it works; how Ben is linked."""

    def begin(cell):
        outputs, _ = notebook.run(f"{BEGIN}print(plan.invite('reviewer', servers=[{server!r}]))")
        ben.joins(outputs[-1]["text"].strip())
        soon(lambda: path_of(ben) == "direct", 30)
        link = link_of(ben)
        working = f"pathlib.Path('busy').touch()\n{cell}"
        notebook.client.execute(working, stop_on_error=False)
        soon((tmp_path / "notebooks" / "busy").exists, 30)
        return link

    return begin


def pair_of(user):
    [meeting] = user.workspace.meetings.rooms()
    pairs = meeting.mesh._gathering.pairs
    return pairs[0] if pairs else None


def path_of(user):
    return getattr(pair_of(user), "path", None)


def link_of(user):
    return getattr(pair_of(user), "link", None)


def is_heard(user, said):
    """The kernel has what somebody writes in its journal, and acknowledged it."""
    user.does("annotate", type="question", content=said, target={"type": "plan"})
    soon(lambda: user.workspace.meetings.unsent(PLAN) == [], 30)


def test_a_cell_that_is_interrupted_leaves_the_room_alive(notebook, ben, busy):
    link = busy("try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    stopped = True")
    is_heard(ben, "while it runs")
    notebook.interrupt()
    outputs, _ = notebook.run("print(stopped, len(plan.annotations))")
    assert outputs[-1]["text"] == "True 1\n"
    is_heard(ben, "after it")
    assert link_of(ben) is link
    assert linked(ben) == 1


def test_a_call_that_holds_the_interpreter_for_seconds_leaves_the_room_alive(notebook, ben, busy):
    """No thread of the kernel's runs meanwhile, neither the peer's nor the WebRTC library's."""
    link = busy("ctypes.PyDLL(None).sleep(3)\npathlib.Path('done').touch()")
    is_heard(ben, "while it runs")
    outputs, _ = notebook.run("print(pathlib.Path('done').exists(), len(plan.annotations))")
    assert outputs[-1]["text"] == "True 1\n"
    is_heard(ben, "after it")
    assert link_of(ben) is link
