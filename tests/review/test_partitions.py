"""Three peers stay equal through a thousand rounds of work, cuts and absences."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from peerplan_jupyter.errors import PeerPlanError
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.review.publishing import plan_json
from peerplan_jupyter.review.workspace import Workspace

from .test_meetings import PLAN, User, server, soon, user

__all__ = ["server", "user"]
pytestmark = pytest.mark.timeout(600)
ROUNDS = 1000
SEED = 20


class Work:
    """What people do to a plan, by chance; the same chances for the same seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._kinds: list[Callable[[User], None]] = [
            self._annotate, self._reply, self._react, self._edit, self._step, self._resolve,
        ]  # fmt: skip

    def do(self, who: User) -> None:
        try:
            self._chance.choice(self._kinds)(who)
        except PeerPlanError:
            return  # what it was about is gone by now

    def _annotate(self, who: User) -> None:
        words = [word for word in who.sees()["content"].split() if word.isalpha()]
        target: dict[str, Any] = {"type": "plan"}
        if words and self._chance.random() < 0.7:
            target = {"type": "text", "quote": {"exact": self._chance.choice(words)}}
        who.does("annotate", type="concern", content=f"by {who.name}", target=target)

    def _one(self, who: User) -> str:
        return self._chance.choice([one["id"] for one in who.sees()["annotations"]] or ["none"])

    def _reply(self, who: User) -> None:
        who.does("reply", annotationId=self._one(who), content=f"says {who.name}")

    def _react(self, who: User) -> None:
        who.does("react", annotationId=self._one(who), emoji="👍", on=self._chance.random() < 0.7)

    def _resolve(self, who: User) -> None:
        who.does("resolve", annotationId=self._one(who))

    def _edit(self, who: User) -> None:
        lines = who.sees()["content"].split("\n")
        lines.insert(self._chance.randrange(len(lines)), f"{who.name} adds {new_id()[-4:]}")
        if len(lines) > 40:
            del lines[self._chance.randrange(len(lines))]
        who.does("edit_content", base=who.sees()["content"], content="\n".join(lines))

    def _step(self, who: User) -> None:
        steps = [one["id"] for one in who.sees()["steps"]]
        if len(steps) < 8:
            who.does("add_step", title=f"Step of {who.name}")
        elif self._chance.random() < 0.5:
            index = self._chance.randrange(len(steps))
            who.does("move_step", stepId=self._chance.choice(steps), index=index)
        else:
            who.does("remove_step", stepId=self._chance.choice(steps))


def written(workspace: Workspace) -> bytes:
    return workspace.peer.call(lambda plans: plan_json(plans.get(PLAN).plan()))


def standing(one: User) -> str:
    [meeting] = one.workspace.meetings.rooms()
    mesh = meeting.mesh
    return f"{one.name} {mesh.me}: {mesh.state} {mesh.members} {len(written(one.workspace))} bytes"


def cut(workspace: Workspace) -> None:
    """Cut all links of a peer, as a network does."""

    async def close() -> None:
        [meeting] = workspace.meetings.rooms()
        meeting.mesh.cut()

    workspace.run(close())


def test_three_peers_are_equal_after_a_thousand_rounds_with_partitions(user, server):
    ada, ben, cy = everybody = [user(name) for name in ("Ada", "Ben", "Cy")]
    ada.begins()
    link = ada.invites(server, role="owner")
    for guest in (ben, cy):
        guest.joins(link)
    chance = random.Random(SEED)
    work = Work(chance)
    away: dict[str, User] = {}
    for _ in range(ROUNDS):
        work.do(chance.choice(everybody))
        if chance.random() < 0.02:
            cut(chance.choice([one for one in everybody if one.name not in away]).workspace)
        if chance.random() < 0.01 and not away:
            gone = chance.choice(everybody)
            away[gone.name] = gone
            gone.run(gone.workspace.meetings.leave(PLAN))
        elif away and chance.random() < 0.03:
            for back in away.values():
                back.enters()
            away.clear()
    for back in away.values():
        back.enters()
    try:
        soon(lambda: len({written(one.workspace) for one in everybody}) == 1, seconds=60)
    except AssertionError:
        pytest.fail("\n".join(map(standing, everybody)))
    assert len(ada.sees()["annotations"]) > 50
