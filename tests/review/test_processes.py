"""Members that die, stand still, or leave without a word, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerplan_jupyter.sync.mesh.carrier import LIMITS

from ..sync.webrtc.conftest import slow
from .members import Member, member, room_server

PLAN = "sessions"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with room_server() as url:
        yield url


def meet(
    ada: Member, ben: Member, server: str, role: str = "reviewer", direct: bool | None = None
) -> None:
    """Lets both be linked in Ada's room; by which path is left to them, unless `direct` says."""
    paths = {} if direct is None else {"direct": direct}
    ada.ask("begin", plan=PLAN)
    link = ada.ask("invite", plan=PLAN, servers=[server], role=role)
    ada.ask("enter", plan=PLAN, **paths)
    ben.ask("accept", plan=PLAN, link=link)
    if paths:
        ben.ask("leave", plan=PLAN)
        ben.ask("enter", plan=PLAN, **paths)
    wanted = [["direct"], ["relay"]] if direct is None else [["direct" if direct else "relay"]]
    for one in (ada, ben):
        one.has("room", lambda room: room["paths"] in wanted, 90, plan=PLAN)
        one.has("here", bool, plan=PLAN)


def alone(one: Member) -> None:
    """Waits until nobody else is in the room, not so long that silence would tell."""
    me = one.ask("room", plan=PLAN)["me"]
    gone = {"paths": [], "present": [me]}
    soon = LIMITS.silence * 0.7
    one.has("room", lambda room: gone.items() <= room.items(), soon, plan=PLAN)


@pytest.mark.parametrize("role", ["reviewer", "owner"])
def test_nothing_that_was_acknowledged_is_lost_with_a_killed_process(
    tmp_path: Path, server: str, role: str
) -> None:
    with member(tmp_path / "ada", "Ada") as ada:
        with member(tmp_path / "ben", "Ben") as ben:
            meet(ada, ben, server, role)
            ben.do("burst", plan=PLAN, count=1000)
            ben.wait("acknowledged", number=40)
            ben.kill()
        told = [one["number"] for one in ben.log if one["event"] == "acknowledged"]
        assert 40 <= max(told) < 999
        with member(tmp_path / "ben", "Ben") as again:
            kept = again.ask("comments", plan=PLAN)
            assert {f"Ben {number}" for number in told} <= set(kept)
            again.ask("enter", plan=PLAN)
            ada.has("comments", lambda seen: seen == kept, plan=PLAN)
            ada.ask("comment", plan=PLAN, text="after")
            again.has("comments", lambda seen: "after" in seen, plan=PLAN)


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "relay"])
def test_a_process_that_just_ends_is_gone_for_others_at_once_and_its_last_words_are_there(
    tmp_path: Path, server: str, direct: bool
) -> None:
    with member(tmp_path / "ada", "Ada") as ada, member(tmp_path / "ben", "Ben") as ben:
        meet(ada, ben, server, direct=direct)
        ada.has("room", lambda room: len(room["present"]) == 2, plan=PLAN)
        ben.do("burst", plan=PLAN, count=50)
        ben.do("exit")
        ben.process.wait(30)
        ada.has("comments", lambda seen: len(seen) == 50, plan=PLAN)
        alone(ada)


def test_who_ends_while_the_room_server_is_away_is_gone_at_once_too(tmp_path: Path) -> None:
    with member(tmp_path / "ada", "Ada") as ada, member(tmp_path / "ben", "Ben") as ben:
        with room_server() as server:
            meet(ada, ben, server, direct=True)
            ada.has("room", lambda room: len(room["present"]) == 2, plan=PLAN)
        for one in (ada, ben):
            one.has("room", lambda room: not room["live"], plan=PLAN)
        ben.do("exit")
        ben.process.wait(30)
        alone(ada)


def test_the_child_of_a_fork_ends_without_leaving_the_rooms_of_its_parent(
    tmp_path: Path, server: str
) -> None:
    with member(tmp_path / "ada", "Ada") as ada, member(tmp_path / "ben", "Ben") as ben:
        meet(ada, ben, server)
        assert ben.ask("fork") == 0
        ben.ask("comment", plan=PLAN, text="still here")
        ada.has("comments", lambda seen: seen == ["still here"], plan=PLAN)
        assert len(ada.ask("room", plan=PLAN)["present"]) == 2


def test_a_workspace_that_was_closed_by_hand_is_not_held_until_the_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("gone\n", "")


CLOSED = """
import gc, sys, weakref
from pathlib import Path
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
workspace = Workspace(Home.under(Path(sys.argv[1]))).start()
workspace.meetings
workspace.close()
seen = weakref.ref(workspace)
del workspace
gc.collect()
sys.stdout.write("held\\n" if seen() else "gone\\n")
"""


@slow
def test_a_process_that_stood_still_is_given_up_and_comes_back(tmp_path: Path, server: str) -> None:
    with member(tmp_path / "ada", "Ada") as ada, member(tmp_path / "ben", "Ben") as ben:
        meet(ada, ben, server)
        os.kill(ben.process.pid, signal.SIGSTOP)
        try:
            ada.ask("burst", plan=PLAN, count=20)
            ada.has("room", lambda room: room["paths"] in ([], ["None"]), 60, plan=PLAN)
        finally:
            os.kill(ben.process.pid, signal.SIGCONT)
        ben.has("comments", lambda seen: len(seen) == 20, 60, plan=PLAN)
        ben.ask("comment", plan=PLAN, text="back")
        ada.has("comments", lambda seen: "back" in seen, 60, plan=PLAN)
