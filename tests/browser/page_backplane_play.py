"""A page and its owner at two room servers that share their rooms over Redis, until one of the two
is killed.

A part of `page_plays.py`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from page_stage import PLAN
from page_visit import (
    Found,
    Play,
    Watched,
    annotations,
    badge,
    comment,
    give_name,
    thread,
    until,
)
from playwright.sync_api import Page, expect

from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.sync.mesh.mesh import Paths

RELAYED = Paths(direct=False)
NO_RTC = "delete globalThis.RTCPeerConnection"


@dataclass
class RoomServer:
    """A process that introduces and relays."""

    process: subprocess.Popen[str]
    url: str

    def peers(self) -> int:
        """How many sockets it holds."""
        with urllib.request.urlopen(f"http{self.url.removeprefix('ws')}/health") as answer:
            return int(json.load(answer)["connections"])


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(["redis-server", *options], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        assert until(lambda: answers(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextlib.contextmanager
def room_servers(origin: str, backplane: str) -> Iterator[list[RoomServer]]:
    """Two, one after the other so that they do not take each other's port."""
    with contextlib.ExitStack() as ending:
        made = []
        for _ in range(2):
            command = [sys.executable, "-m", "peerplan_jupyter.cli", "room-server", "--port", "0"]
            command += ["--json", "--origin", origin, "--backplane", backplane]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            ending.callback(process.communicate)
            ending.callback(process.kill)
            assert process.stdout
            told = json.loads(process.stdout.readline())
            made.append(RoomServer(process, f"ws://127.0.0.1:{told['port']}"))
        yield made


class Owner:
    """The plan's owner, in a Python process that is at the servers in an order of its own."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def invites(self, servers: Sequence[str]) -> str:
        """The fragment of a link that names the servers in that order."""
        who = self.workspace.identity("human")
        made = self.workspace.inviting.invite(PLAN, who, "Olga", servers=list(servers))
        return self.workspace.run(made).url.partition("#")[2]

    def enters(self, servers: Sequence[str]) -> None:
        inviting, meetings = self.workspace.inviting, self.workspace.meetings
        room = inviting.rooms.get(PLAN)
        assert room
        standing = replace(inviting.standing(room), servers=tuple(servers))
        self.workspace.run(meetings.enter(standing, RELAYED))

    def server(self) -> str:
        """The one that is reached now; empty while none is."""
        [meeting] = self.workspace.meetings.rooms()
        state = meeting.mesh.state
        return state.server if state.state == "live" else ""

    def comments(self, words: str) -> None:
        fields = {"op": "annotate", "type": "concern", "content": words}
        operation = parse_operation(
            {**fields, "target": {"type": "plan"}}, self.workspace.actor("human", "Olga")
        )
        self.workspace.run(self.workspace.submit(PLAN, operation))

    def has(self, words: str) -> bool:
        return words in annotations(self.workspace)


def play_killed(play: Play, doomed: int) -> Found:
    """`doomed` is which server is killed: 0 the page's, 1 the owner's."""
    with (
        redis_server(play.stage.folder / "redis") as backplane,
        room_servers(play.site, backplane) as [first, second],
        Workspace(play.stage.home) as workspace,
    ):
        urls = [first.url, second.url]
        play.stage.build(play.raw, "--server", urls[0], "--server", urls[1])
        owner, watched = Owner(workspace), relayed(play, *urls)
        fragment = owner.invites(urls)
        owner.enters(urls[::-1])
        page = watched.page(f"{play.link}#{fragment}")
        expect(badge(page)).to_contain_text("relay")
        written = talk(owner, page, f"{doomed} before")
        before = [first.peers(), second.peers()]
        server = [first, second][doomed]
        server.process.kill()
        server.process.wait()
        comment(page, f"{doomed} page meanwhile")
        owner.comments(f"{doomed} owner meanwhile")
        survivor = urls[1 - doomed]
        assert until(lambda: owner.server() == survivor)
        expect(badge(page)).to_contain_text("relay")
        written += [f"{doomed} page meanwhile", f"{doomed} owner meanwhile"]
        written += talk(owner, page, f"{doomed} after")
        lost = missing(owner, page, written)
        after = [first, second][1 - doomed].peers()
        expect(page.locator(".chip.unsent")).to_have_count(0)
        watched.context.close()
    return {"before": before, "after": after, "lost": lost, "faults": watched.faults}


def relayed(play: Play, *servers: str) -> Watched:
    """A browser that makes no direct connections."""
    watched = play.watched(*servers)
    watched.context.add_init_script(NO_RTC)
    return watched


def talk(owner: Owner, page: Page, when: str) -> list[str]:
    """Both write, and each sees what the other wrote."""
    words = [f"{when} from the page", f"{when} from the owner"]
    comment(page, words[0])
    if page.locator(".notice").get_by_role("textbox", name="Your name").is_visible():
        give_name(page, "Rita")
    assert until(lambda: owner.has(words[0]))
    owner.comments(words[1])
    expect(thread(page, words[1])).to_be_visible()
    return words


def missing(owner: Owner, page: Page, written: list[str]) -> list[str]:
    """What of it somebody has not."""
    assert until(lambda: all(map(owner.has, written)))
    for words in written:
        expect(thread(page, words)).to_be_visible()
    return [words for words in written if annotations(owner.workspace).count(words) != 1]


PLAYS: dict[str, Callable[[Play], Found]] = {
    "page": partial(play_killed, doomed=0),
    "owner": partial(play_killed, doomed=1),
}
