"""Who may give links to a plan away."""

from __future__ import annotations

import pytest

from peerplan_jupyter.errors import ForbiddenError
from peerplan_jupyter.review.sharing import Inviter, Sharing

from .test_meetings import PLAN, User, server, user

__all__ = ["server", "user"]


@pytest.fixture
def sharing(server):
    """What a page of a user is answered; `server` is the room server beside it."""

    def of(one: User, label: str = "") -> Sharing:
        async def enter() -> None:
            room = one.workspace.rooms.get(PLAN)
            await one.workspace.meetings.enter(one.workspace.inviting.standing(room))

        identity = one.workspace.identity("human", label)
        who = Inviter(identity, one.name, label, lambda: [server])
        return Sharing(one.workspace, PLAN, who, enter)

    return of


def test_the_first_link_makes_the_room_and_others_come_in_by_it(user, sharing):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    made = ada.run(sharing(ada).invite({"note": None}))
    assert (made["role"], made["expires"], made["note"]) == ("reviewer", 0, "")
    assert ben.joins(made["url"]) == PLAN
    assert [one["url"] for one in ada.run(sharing(ada).invitations())] == [made["url"]]


def test_who_was_invited_is_given_no_links_even_as_an_owner(user, sharing):
    ada, ben = user("Ada"), user("Ben")
    ada.begins()
    made = ada.run(sharing(ada).invite({"role": "owner"}))
    ben.joins(made["url"])
    for asked in (
        sharing(ben).invite({}),
        sharing(ben).invitations(),
        sharing(ben).revoke(made["id"]),
    ):
        with pytest.raises(ForbiddenError):
            ben.run(asked)


def test_another_user_of_the_same_server_sees_no_links(user, sharing):
    ada = user("Ada")
    ada.begins()
    ada.run(sharing(ada).invite({}))
    with pytest.raises(ForbiddenError):
        ada.run(sharing(ada, "eve").invitations())
