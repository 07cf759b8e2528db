"""What people are told whose invitation does not let them in, or not any more."""

from __future__ import annotations

from time import time
from typing import Any

import pytest

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError, UnreachableError
from peerplan_jupyter.jupyter.room_keeper import RoomKeeper
from peerplan_jupyter.sync.roomserver.admission import AllowedRooms

from .test_meetings import PLAN, User, server, soon, user

__all__ = ["server", "user"]
OWN = {"state": "live", "peers": 0, "detail": ""}


def told(one: User) -> str:
    return str(one.workspace.connection(PLAN, OWN)["detail"])


def linked(one: User) -> int:
    return int(one.workspace.connection(PLAN, OWN)["peers"])


def changed(link: str, **fields: Any) -> str:
    """The link with other contents, which its owner did not sign."""
    head, _, fragment = link.partition("#")
    pairs = dict(pair.split("=", 1) for pair in fragment.split("&"))
    return f"{head}#" + "&".join(f"{name}={value}" for name, value in (pairs | fields).items())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda link: link[: link.index("&role=")], "was cut: it lacks role"),
        (lambda link: link[: link.index("&key=")], "was cut: it lacks key"),
        (lambda link: link[:-9], "sig is not valid"),
        (lambda link: changed(link, role="owner"), "was changed"),
        (lambda link: changed(link, expires="9999999999"), "was changed"),
        (lambda link: changed(link, room="A" * 22), "was changed"),
        (lambda link: changed(link, v="9"), "version '9'"),
        (lambda link: link.replace("plan=sessions", "plan=others"), "not for the plan 'others'"),
    ],
    ids=["cut", "cut early", "cut late", "role", "expiry", "room", "version", "plan"],
)
def test_a_link_that_was_spoiled_is_refused_with_what_is_wrong(user, server, spoil, words):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    link = ada.invites(server)
    with pytest.raises(InvalidInputError, match=words) as refused:
        ben.joins(spoil(link))
    assert refused.value.hint
    assert ben.workspace.inviting.rooms.get(PLAN) is None


def test_an_invitation_that_expires_ends_the_link_and_both_are_told(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    link = ada.invites(server, seconds=8)
    ben.joins(link)
    soon(lambda: linked(ada) == linked(ben) == 1)
    soon(lambda: linked(ada) == linked(ben) == 0)
    soon(lambda: "Your invitation has expired. Ask for a new invitation." in told(ben))
    soon(lambda: "Nobody else is in its room." in told(ada))
    with pytest.raises(ForbiddenError, match="This invitation has expired"):
        user("Cy").joins(link)


def test_a_room_that_was_kept_and_cannot_be_entered_any_more_says_why(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    link, until = ada.invites(server, seconds=3), time() + 3
    ben.run(ben.workspace.inviting.accept(link, PLAN, ben.identity, ben.name, ""))
    ben.run(ben.workspace.meetings.leave(PLAN))
    keeper = RoomKeeper(ben.workspace, AllowedRooms())
    soon(lambda: time() > until)
    ben.run(keeper.look_now())
    assert told(ben) == "This invitation has expired. Ask for a new one."


def test_an_invitation_that_is_taken_back_is_told_to_who_has_it(user, server):
    ada, ben, cy = user("Ada"), user("Ben"), user("Cy")
    ada.begins()
    link = ada.invites(server)
    ben.joins(link)
    [given] = ada.run(ada.workspace.inviting.issued(PLAN))
    ada.run(ada.workspace.inviting.revoke(PLAN, given["id"], ada.identity, ada.name))
    soon(lambda: "Your invitation was taken back. Ask for a new invitation." in told(ben))
    with pytest.raises(ForbiddenError, match="Your invitation was taken back") as refused:
        cy.joins(link)
    assert refused.value.data["reason"] == "revoked"
    ben.joins(ada.invites(server))
    soon(lambda: linked(ben) == 1)
    assert told(ben) == "In its room: Ada directly."


def test_a_link_that_was_taken_back_opens_nothing_where_its_owner_is_away_either(user, server):
    ada, ben, cy, dan = user("Ada"), user("Ben"), user("Cy"), user("Dan")
    ada.begins()
    link = ada.invites(server)
    ben.joins(link)
    [given] = ada.run(ada.workspace.inviting.issued(PLAN))
    cy.joins(ada.invites(server))
    soon(lambda: linked(cy) == 2)
    ada.run(ada.workspace.inviting.revoke(PLAN, given["id"], ada.identity, ada.name))
    soon(lambda: linked(cy) == 1)
    ada.run(ada.workspace.meetings.leave(PLAN))
    soon(lambda: linked(cy) == 0)
    ben.run(ben.workspace.meetings.leave(PLAN))
    ben.enters()
    soon(lambda: "Your invitation was taken back. Ask for a new invitation." in told(ben))
    with pytest.raises(ForbiddenError, match="Your invitation was taken back"):
        dan.joins(link)
    assert linked(cy) == 0


def test_nobody_in_the_room_and_no_room_server_are_told_apart(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ada.invites(server)
    for servers, words in ((server, "Nobody who has the plan"), ("ws://127.0.0.1:9/", "No room")):
        link = ada.invites(servers)
        ada.run(ada.workspace.meetings.leave(PLAN))
        ben.run(ben.workspace.inviting.accept(link, PLAN, ben.identity, ben.name, ""))
        with pytest.raises(UnreachableError, match=words) as caught:
            ben.run(ben.workspace.meetings.arrival(PLAN, 1.5))
        assert caught.value.hint
