"""Two notebooks meet by two texts."""

from __future__ import annotations

from typing import Any

import pytest

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.jupyter.reviewed import Plan

from ..review.test_by_hand import invited
from ..review.test_meetings import PLAN, User, soon, user

__all__ = ["user"]


def notebook(one: User) -> Plan:
    return Plan(one.workspace, PLAN, one.actor)


def test_a_notebook_answers_the_text_of_another(user: Any) -> None:
    ada, ben = invited(user, "Ben")
    published = ada.workspace.peer.call(lambda plans: plans.get(PLAN).updates_since())
    ben.workspace.peer.call(lambda plans: plans.take_in(PLAN, published, "git"))
    begun = notebook(ada).meet_by_hand()
    with pytest.raises(InvalidInputError, match="is not an introduction into this plan"):
        notebook(ben).answer_by_hand("What?")
    answer = notebook(ben).answer_by_hand(begun.text)
    assert answer.text in answer._repr_html_()
    begun.answered(repr(answer))
    answer.wait(30)
    ben.does("annotate", type="question", content="By hand?", target={"type": "plan"})
    soon(lambda: "By hand?" in [one["content"] for one in ada.sees()["annotations"]])
