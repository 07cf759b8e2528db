"""One person at several processes, and copies of what a process had."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from .test_meetings import PLAN, User, server, soon, user
from .test_refusals import linked, told

__all__ = ["server", "user"]


def comments(one: User) -> set[str]:
    return {said["content"] for said in one.sees()["annotations"]}


def says(one: User, text: str) -> None:
    one.does("annotate", type="question", content=text, target={"type": "plan"})


def writer(one: User) -> int:
    return one.workspace.peer.call(lambda plans: plans.get(PLAN).doc.peer_id)


def test_a_home_that_was_copied_writes_for_itself(user: Any, server: str, tmp_path: Path) -> None:
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    says(ben, "before")
    ben.run(ben.workspace.meetings.leave(PLAN))
    shutil.copytree(tmp_path / "Ben", tmp_path / "Laptop")
    with Workspace(Home.under(tmp_path / "Laptop")) as workspace:
        laptop = User(workspace, "Ben")
        assert laptop.actor == ben.actor
        says(ben, "at the desk, offline")
        says(laptop, "on the way, offline")
        assert writer(laptop) != writer(ben)
        for one in (ben, laptop):
            one.enters()
        soon(lambda: comments(ada) == comments(ben) == comments(laptop))
        assert len(comments(ada)) == 3
        soon(lambda: linked(ada) == 2)
        says(laptop, "and linked")
        soon(lambda: ada.sees() == ben.sees() == laptop.sees() and len(comments(ada)) == 4)


def test_a_process_that_was_doubled_says_so_and_writes_under_another_number(
    user: Any, server: str
) -> None:
    """As when a machine is restored twice from one image of its memory."""
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server, role="owner"))
    same = writer(ada)
    ben.workspace.peer.call(lambda plans: setattr(plans.get(PLAN).doc, "peer_id", same))
    for one, times in ((ada, 1), (ben, 2)):
        one.run(one.workspace.meetings.leave(PLAN))
        for number in range(times):
            says(one, f"{one.name}, alone {number}")
        one.enters()
    soon(lambda: linked(ada) == linked(ben) == 1)
    soon(lambda: "A copy of this process" in told(ada) + told(ben))
    assert len({same, writer(ada), writer(ben)}) > 1
    says(ada, "Ada, later")
    says(ben, "Ben, later")
    later = {"Ada, later", "Ben, later"}
    soon(lambda: later <= comments(ada) and later <= comments(ben))
