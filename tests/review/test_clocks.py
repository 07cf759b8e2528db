"""Members whose wall clocks are hours apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from .members import member
from .test_processes import PLAN, meet, server

__all__ = ["server"]
HOUR = 3600


@pytest.mark.parametrize("hours", [-5, 5], ids=["behind", "ahead"])
def test_they_see_each_other_and_agree_on_what_was_said_and_in_which_order(
    tmp_path: Path, server: str, hours: int
) -> None:
    with (
        member(tmp_path / "ada", "Ada") as ada,
        member(tmp_path / "ben", "Ben", clock=hours * HOUR) as ben,
    ):
        meet(ada, ben, server)
        keys = {one.ask("room", plan=PLAN)["me"] for one in (ada, ben)}
        for one in (ada, ben):
            one.has("room", lambda room: set(room["present"]) == keys, plan=PLAN)
        for number in range(5):
            for one in (ada, ben):
                one.ask("comment", plan=PLAN, text=f"{number}")
        for one in (ada, ben):
            one.has("comments", lambda seen: len(seen) == 10, plan=PLAN)
        seen = ada.ask("see", plan=PLAN)
        assert seen == ben.ask("see", plan=PLAN)
        for author in {one["author"] for one in seen["annotations"]}:
            said = [one for one in seen["annotations"] if one["author"] == author]
            assert [one["content"] for one in sorted(said, key=lambda one: one["id"])] == [*"01234"]
        asked = seen["annotations"][0]["id"]
        for one in (ada, ben):
            one.ask("reply", plan=PLAN, annotation=asked, text="yes")
        for one in (ada, ben):
            one.has("see", lambda seen: len(seen["annotations"][0]["replies"]) == 2, plan=PLAN)
        assert ada.ask("see", plan=PLAN) == ben.ask("see", plan=PLAN)


def test_an_invitation_is_over_by_the_clock_of_either_side(tmp_path: Path, server: str) -> None:
    with (
        member(tmp_path / "ada", "Ada") as ada,
        member(tmp_path / "ben", "Ben", clock=-5 * HOUR) as late,
        member(tmp_path / "cy", "Cy", clock=5 * HOUR) as early,
    ):
        meet(ada, late, server)
        hour, day = (
            ada.ask("invite", plan=PLAN, servers=[server], seconds=hours * HOUR)
            for hours in (1, 24)
        )
        with pytest.raises(AssertionError, match="This invitation has expired"):
            early.ask("accept", plan=PLAN, link=hour)
        early.ask("accept", plan=PLAN, link=day)
        early.has("room", lambda room: len(room["present"]) == 3, plan=PLAN)
        late.ask("leave", plan=PLAN)
        soon = ada.ask("invite", plan=PLAN, servers=[server], seconds=4)
        late.ask("accept", plan=PLAN, link=soon)
        over = "Your invitation has expired. Ask for a new invitation."
        late.has("room", lambda room: over in room["told"], plan=PLAN)
