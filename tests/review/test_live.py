"""What people in one room are told of each other, and of what has not come to anybody yet."""

from __future__ import annotations

import time
from typing import Any

import pytest

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.review.attendance import Participant
from peerplan_jupyter.review.live import live_view
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

from .test_meetings import PLAN, User, server, soon, user

__all__ = ["server", "user"]


def live(one: User) -> dict[str, Any]:
    own = {"state": "live", "path": "test", "peers": 0, "unsent": 0, "detail": ""}
    return one.workspace.peer.call(
        lambda plans: live_view(one.workspace, plans, PLAN, one.actor, dict(own))
    )


def met(*users: User) -> None:
    for one in users:
        soon(lambda one=one: live(one)["connection"]["peers"] == len(users) - 1)


def comments(one: User, words: str = "Backups?") -> str:
    fields = {"type": "concern", "content": words, "target": {"type": "plan"}}
    return str(one.does("annotate", **fields).change.news[0].id)


def leaves(one: User) -> None:
    one.run(one.workspace.meetings.leave(PLAN))


def test_who_never_shared_is_the_owner_and_may_invite(user):
    ada = user("Ada")
    ada.begins()
    assert live(ada)["me"] | {"role": "owner", "invites": True} == live(ada)["me"]
    assert not {"members", "host", "unsent"} & set(live(ada))


def test_each_member_is_told_with_role_path_and_invitation(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server, role="viewer"))
    met(ada, ben)
    [invitation] = ada.run(ada.workspace.inviting.issued(PLAN))
    [one] = live(ada)["members"]
    assert one | {"role": "viewer", "path": "direct", "invitation": invitation["id"]} == one
    assert one["identity"] == ben.actor.to_wire()
    [other] = live(ben)["members"]
    assert (other["role"], other["invitation"]) == ("owner", None)
    assert (live(ben)["host"], live(ben)["me"]["role"]) == (ada.actor.id, "viewer")
    assert "invites" not in live(ben)["me"]


def test_who_is_here_through_a_member_is_told_with_that_member(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    agent = ben.workspace.actor("agent", "helper")
    ben.workspace.attendance.enter(PLAN, Participant(peer="1", actor=agent))
    soon(lambda: live(ada)["presence"])
    [told] = live(ada)["presence"]
    assert told["via"] == live(ada)["members"][0]["peer"]
    assert "via" not in live(ben)["presence"][0]


def test_a_guest_whom_nobody_meets_is_alone_and_without_a_room_server_offline(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    assert live(ben)["connection"]["state"] == "live"
    leaves(ada)
    soon(lambda: live(ben)["connection"]["state"] == "alone")
    link = ada.invites("ws://127.0.0.1:9/")
    leaves(ben)
    ben.run(ben.workspace.inviting.accept(link, PLAN, ben.identity, ben.name, ""))
    soon(lambda: live(ben)["connection"]["state"] == "offline")


def test_an_owner_is_alone_in_the_room_unless_somebody_else_looks_at_the_plan_here(user, server):
    ada = user("Ada")
    ada.begins()
    ada.invites(server)
    assert live(ada)["connection"]["state"] == "alone"
    agent = ada.workspace.actor("agent", "builder")
    for peer, actor in (("1", ada.actor), ("2", agent)):
        ada.workspace.attendance.enter(PLAN, Participant(peer=peer, actor=actor))
    assert live(ada)["connection"]["state"] == "live"


def test_what_a_guest_writes_alone_is_unsent_until_an_owner_has_it(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    first = comments(ben)
    soon(lambda: not live(ben)["unsent"])
    leaves(ada)
    soon(lambda: live(ben)["connection"]["peers"] == 0)
    assert live(ben)["unsent"] == []
    second = comments(ben, "And restores?")
    reply = ben.does("reply", annotationId=first, content="Anybody?").change.news[0].key
    assert live(ben)["unsent"] == [second, reply]
    assert live(ben)["connection"]["unsent"] == 2
    ada.enters()
    soon(lambda: not live(ben)["unsent"])
    assert len(ada.sees()["annotations"]) == 2


def test_that_nobody_has_it_is_known_to_who_comes_back(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    link = ada.invites(server)
    ben.joins(link)
    met(ada, ben)
    comments(ben)
    soon(lambda: not live(ben)["unsent"])
    leaves(ada)
    key = comments(ben, "And restores?")
    leaves(ben)
    ben.enters()
    assert live(ben)["unsent"] == [key]


def test_what_another_process_of_the_guest_writes_is_sent_and_noted_too(user, server, tmp_path):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    with Workspace(Home.under(tmp_path / "Ben")) as kernel:
        key = comments(User(kernel, "Ben"))
    soon(lambda: [one["id"] for one in ada.sees()["annotations"]] == [key])
    soon(lambda: not live(ben)["unsent"])


def test_another_guest_who_has_it_is_not_the_owner(user, server):
    ada, ben, cy = user("Ada"), user("Ben"), user("Cy")
    ada.begins()
    link = ada.invites(server)
    ben.joins(link)
    cy.joins(link)
    met(ada, ben, cy)
    leaves(ada)
    soon(lambda: live(ben)["connection"]["peers"] == 1)
    key = comments(ben)
    soon(lambda: cy.sees()["annotations"])
    assert live(ben)["unsent"] == [key]


def test_own_words_of_an_owner_are_never_unsent(user, server):
    ada = user("Ada")
    ada.begins()
    ada.invites(server)
    comments(ada)
    assert "unsent" not in live(ada)


def test_whose_invitation_was_taken_back_is_told_and_writes_no_more(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    [given] = ada.run(ada.workspace.inviting.issued(PLAN))
    ada.run(ada.workspace.inviting.revoke(PLAN, given["id"], ada.identity, ada.name))
    soon(lambda: live(ben)["me"].get("over") == "revoked")
    soon(lambda: not live(ada)["members"])
    with pytest.raises(ForbiddenError, match="taken back") as refused:
        comments(ben)
    assert refused.value.data["reason"] == "revoked"


def test_who_was_away_when_an_invitation_was_taken_back_hears_it_and_it_is_kept(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    met(ada, ben)
    leaves(ben)
    [given] = ada.run(ada.workspace.inviting.issued(PLAN))
    ada.run(ada.workspace.inviting.revoke(PLAN, given["id"], ada.identity, ada.name))
    comments(ben)
    ben.enters()
    soon(lambda: live(ben)["me"].get("over") == "revoked")
    leaves(ben)
    with pytest.raises(ForbiddenError, match="taken back"):
        comments(ben)
    ben.joins(ada.invites(server))
    assert "over" not in live(ben)["me"]
    soon(lambda: ada.sees()["annotations"])


def test_whose_invitation_has_expired_is_told(user, server, monkeypatch):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server, seconds=1000))
    later = time.time() + 1001
    monkeypatch.setattr("peerplan_jupyter.review.guests.time.time", lambda: later)
    assert live(ben)["me"]["over"] == "expired"
    with pytest.raises(ForbiddenError, match="expired"):
        comments(ben)


def test_somebody_else_at_a_guests_server_may_only_read(user, server):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    ben.joins(ada.invites(server))
    ben.actor = ben.workspace.identity("human", "other").actor("Eve")
    assert live(ben)["me"]["role"] == "viewer"
    with pytest.raises(ForbiddenError):
        comments(ben)
