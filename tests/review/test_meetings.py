"""Two users meet about a plan by an invitation, with everything between them real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError, NotFoundError
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.settings import RoomSettings, Settings
from peerplan_jupyter.sync.roomserver.hub import Hub
from peerplan_jupyter.sync.roomserver.server import RoomServer
from peerplan_jupyter.sync.transports.webrtc import backend

from ..sync.webrtc.conftest import require

PLAN = "sessions"


@contextmanager
def room_server() -> Iterator[str]:
    """The address of a room server on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    async def begin() -> tuple[RoomServer, int]:
        made = RoomServer(Hub())
        return made, await made.start(0)

    made, port = run(begin())
    yield f"ws://127.0.0.1:{port}/"
    run(made.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def server() -> Iterator[str]:
    with room_server() as url:
        yield url


class User:
    """Somebody with a home of their own."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace, self.name = workspace, name
        self.run = workspace.run
        self.identity = workspace.identity("human")
        self.actor = self.identity.actor(name)

    def begins(self) -> None:
        text = "# Sessions\n\nKeep them in Redis.\n"
        made = CreatePlan(actor=self.actor, plan_id=PLAN, title="Sessions", content=text)
        self.run(self.workspace.create(made))

    def invites(self, server: str, **wanted: Any) -> str:
        inviting = self.workspace.inviting
        made = self.run(
            inviting.invite(PLAN, self.identity, self.name, servers=(server,), **wanted)
        )
        self.enters()
        return made.url

    def enters(self) -> None:
        room = self.workspace.inviting.rooms.get(PLAN)
        assert room is not None
        self.run(self.workspace.meetings.enter(self.workspace.inviting.standing(room)))

    def joins(self, link: str) -> str:
        return self.run(self.workspace.join(link, self.name))

    def does(self, op: str, **fields: Any) -> Any:
        operation = parse_operation({"op": op, **fields}, self.actor)
        return self.run(self.workspace.submit(PLAN, operation))

    def sees(self) -> dict[str, Any]:
        return self.workspace.peer.call(lambda plans: plans.get(PLAN).plan().to_wire())


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Callable[[str], User]]:
    """Makes users, each with a home of their own."""
    with ExitStack() as stack:
        yield lambda name: User(stack.enter_context(Workspace(Home.under(tmp_path / name))), name)


def soon(condition: Callable[[], Any], seconds: float = 30) -> None:
    until = monotonic() + seconds
    while not condition():
        assert monotonic() < until, "It did not come about."
        sleep(0.01)


def test_a_plan_that_is_published_nowhere_comes_to_who_is_invited(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    assert ben.joins(ada.invites(server)) == PLAN
    assert ben.sees() == ada.sees()


def test_a_reviewers_comment_and_the_answer_go_both_ways(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    ben.does("annotate", type="concern", content="And when it is down?", target={"type": "plan"})
    soon(lambda: ada.sees()["annotations"])
    [concern] = ada.sees()["annotations"]
    assert concern["author"] == ben.actor.id
    ada.does("reply", annotationId=concern["id"], content="Then nobody is signed in.")
    soon(lambda: ben.sees()["annotations"][0]["replies"])
    assert ben.sees() == ada.sees()


def test_a_guests_agent_may_not_write_and_what_the_guest_writes_goes_out(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    agent = ben.workspace.actor("agent", "Helper")
    said = {"op": "annotate", "type": "question", "content": "?", "target": {"type": "plan"}}
    with pytest.raises(ForbiddenError, match="nobody else"):
        ben.run(ben.workspace.submit(PLAN, parse_operation(said, agent)))
    ben.does(**said)
    soon(lambda: ada.sees()["annotations"])


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_what_a_role_does_not_allow_is_refused_where_it_is_tried(user, server, role):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server, role=role))
    with pytest.raises(ForbiddenError) as refused:
        ben.does("edit_title", title="Mine")
    assert refused.value.data["reason"] == "role"
    assert ben.sees() == ada.sees()


def test_who_was_invited_as_an_owner_may_edit(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server, role="owner"))
    ben.does("edit_title", title="Sessions in Redis")
    soon(lambda: ada.sees()["title"] == "Sessions in Redis")


def test_evidence_that_is_not_pushed_comes_from_who_has_it(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    data = b"line\n" * 50_000
    done = ada.run(ada.workspace.attach(PLAN, ada.actor, data, name="run.log"))
    ben.joins(ada.invites(server))
    _, path = ben.run(ben.workspace.custody.file(PLAN, done.artifact_id))
    assert path.read_bytes() == data


def test_evidence_of_which_somebody_lies_comes_from_who_does_not(user, server):
    ada, ben, cy = user("Ada"), user("Ben"), user("Cy")
    ada.begins()
    data = b"line\n" * 50_000
    done = ada.run(ada.workspace.attach(PLAN, ada.actor, data, name="run.log"))
    link = ada.invites(server)
    for one in (ben, cy):
        one.joins(link)
    stored = ada.workspace.blobs.path(done.hash)
    stored.chmod(0o600)
    stored.write_bytes(b"lies\n" * 50_000)
    with pytest.raises(NotFoundError, match=r"gave as run\.log has another hash"):
        ben.run(ben.workspace.custody.file(PLAN, done.artifact_id))
    cy.workspace.blobs.put_bytes(data)
    soon(lambda: len(ben.workspace.meetings.members(PLAN)) == 2)
    soon(lambda: all(one["path"] for one in ben.workspace.meetings.members(PLAN)))
    _, path = ben.run(ben.workspace.custody.file(PLAN, done.artifact_id))
    assert path.read_bytes() == data


def test_a_revoked_invitation_lets_nobody_in_any_more(user, server):
    ada, ben, cy = user("Ada"), user("Ben"), user("Cy")
    ada.begins()
    link = ada.invites(server)
    ben.joins(link)
    [given] = ada.run(ada.workspace.inviting.issued(PLAN))
    assert given["state"] == "open"
    ada.run(ada.workspace.inviting.revoke(PLAN, given["id"][-12:], ada.identity, ada.name))
    assert ada.run(ada.workspace.inviting.issued(PLAN))[0]["state"] == "revoked"
    own = {"state": "live", "peers": 0, "detail": ""}
    soon(lambda: ada.workspace.connection(PLAN, own)["peers"] == 0)
    cy.run(cy.workspace.inviting.accept(link, PLAN, cy.identity, cy.name, ""))
    with pytest.raises(ForbiddenError, match="Your invitation was taken back"):
        cy.run(cy.workspace.meetings.arrival(PLAN, 5))


def test_a_room_is_not_entered_with_a_library_that_is_not_installed(user, server, monkeypatch):
    ada = user("Ada")
    ada.begins()
    chosen = Settings(rooms=RoomSettings(backend="wrtc"))
    monkeypatch.setattr(ada.workspace, "settings", chosen)
    monkeypatch.setitem(backend._modules, "wrtc", "no_such_module")
    with pytest.raises(InvalidInputError, match="wrtc is not installed") as refused:
        ada.invites(server)
    assert "peerplan-jupyter[wrtc]" in refused.value.hint


def test_two_users_meet_by_the_library_that_their_settings_name(user, server, monkeypatch):
    require("wrtc")
    ada, ben = user("Ada"), user("Ben")
    for one in (ada, ben):
        chosen = Settings(rooms=RoomSettings(backend="wrtc"))
        monkeypatch.setattr(one.workspace, "settings", chosen)
    ada.begins()
    ben.joins(ada.invites(server))
    soon(lambda: [one["path"] for one in ben.workspace.meetings.members(PLAN)] == ["direct"])
    [meeting] = ben.workspace.meetings.rooms()
    assert meeting.mesh._paths.backend == "wrtc"


def test_only_the_rooms_owner_invites(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    with pytest.raises(ForbiddenError):
        ben.invites(server)


def test_an_invitation_without_a_room_server_is_refused(user):
    ada = user("Ada")
    ada.begins()
    with pytest.raises(InvalidInputError, match="room server"):
        ada.run(ada.workspace.inviting.invite(PLAN, ada.identity, ada.name))
