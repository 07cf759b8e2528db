"""What people said to each other while who owns the plan was away."""

from __future__ import annotations

from typing import Any

from .test_meetings import PLAN, User, server, soon, user
from .test_refusals import linked

__all__ = ["server", "user"]


def in_turns(one: User, other: User, rounds: int) -> None:
    """Two talk, each about what the other said."""
    for number in range(rounds):
        for speaker, hearer in ((one, other), (other, one)):
            words = f"{speaker.name} {number}"
            speaker.does("annotate", type="question", content=words, target={"type": "plan"})
            soon(lambda words=words, hearer=hearer: words in comments(hearer))


def comments(one: User) -> list[str]:
    return [said["content"] for said in one.sees()["annotations"]]


def test_what_two_reviewers_said_in_turns_reaches_the_owner_who_was_away(
    user: Any, server: str
) -> None:
    ada, ben, cy = (user(name) for name in ("Ada", "Ben", "Cy"))
    ada.begins()
    link = ada.invites(server)
    for guest in (ben, cy):
        guest.joins(link)
    soon(lambda: linked(ben) == linked(cy) == 2)
    ada.run(ada.workspace.meetings.leave(PLAN))
    soon(lambda: linked(ben) == linked(cy) == 1)
    in_turns(ben, cy, 12)
    ada.enters()
    soon(lambda: len(comments(ada)) == 24, 40)
    assert ada.sees() == ben.sees() == cy.sees()
