"""Two users meet by two texts that they carry themselves, with no server at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from peerplan_jupyter.errors import InvalidInputError, NotFoundError
from peerplan_jupyter.store.settings import RoomSettings, Settings

from ..sync.webrtc.conftest import require
from .test_meetings import PLAN, User, soon, user
from .test_refusals import linked

__all__ = ["user"]
NOWHERE = "ws://127.0.0.1:9/"


def invited(user: Any, *names: str) -> tuple[User, ...]:
    """Ada, who owns the plan, and others who accepted her invitation and reach nobody."""
    ada, *guests = (user(name) for name in ("Ada", *names))
    ada.begins()
    for one in guests:
        link = ada.invites(NOWHERE)
        one.run(one.workspace.inviting.accept(link, PLAN, one.identity, one.name, ""))
    return (ada, *guests)


def introduced(begins: User, answers: User) -> None:
    made = begins.run(begins.workspace.meetings.introduce(PLAN))
    answer = answers.run(answers.workspace.meetings.answer(PLAN, made.text))
    linking = answers.workspace.peer.spawn(answer._made.linked())
    begins.run(made.answered(answer.text))
    linking.result(30)


@pytest.mark.parametrize("backend", ["aiortc", "wrtc"])
@pytest.mark.parametrize("begins", ["the owner", "the guest"])
def test_two_processes_meet_by_nothing_but_two_texts(
    user: Any, monkeypatch: pytest.MonkeyPatch, begins: str, backend: Any
) -> None:
    require(backend)
    chosen = Settings(rooms=RoomSettings(backend=backend))
    ada, ben = user("Ada"), user("Ben")
    for one in (ada, ben):
        monkeypatch.setattr(one.workspace, "settings", chosen)
    ada.begins()
    ben.run(ben.workspace.inviting.accept(ada.invites(NOWHERE), PLAN, ben.identity, ben.name, ""))
    introduced(*((ada, ben) if begins == "the owner" else (ben, ada)))
    ben.run(ben.workspace.meetings.arrival(PLAN))
    ben.does("annotate", type="question", content="By hand?", target={"type": "plan"})
    soon(lambda: ada.sees()["annotations"] and ada.sees() == ben.sees())
    assert linked(ada) == linked(ben) == 1


def test_an_answer_may_be_taken_after_the_library_gave_up_looking(
    user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioice.stun.RETRY_MAX", 1)
    monkeypatch.setattr("aioice.stun.RETRY_RTO", 0.05)
    ada, ben = invited(user, "Ben")

    async def play() -> None:
        made = await ada.workspace.meetings.introduce(PLAN)
        answer = await ben.workspace.meetings.answer(PLAN, made.text)
        linking = asyncio.ensure_future(answer.linked())
        await asyncio.sleep(1.5)
        await made.answered(answer.text)
        await asyncio.wait_for(linking, 30)

    asyncio.run(play())
    ben.run(ben.workspace.meetings.arrival(PLAN))
    assert ben.sees() == ada.sees()


def test_a_text_that_is_not_to_be_answered_is_refused(user: Any) -> None:
    ada, ben = invited(user, "Ben")
    made = ada.run(ada.workspace.meetings.introduce(PLAN))
    answer = ben.run(ben.workspace.meetings.answer(PLAN, made.text))
    for text, words in [
        ("What?", "is not an introduction into this plan"),
        (made.text[:-9], "is not an introduction into this plan"),
        (answer.text, "This is an answer"),
    ]:
        with pytest.raises(InvalidInputError, match=words) as refused:
            ben.run(ben.workspace.meetings.answer(PLAN, text))
        assert refused.value.hint
    with pytest.raises(InvalidInputError, match="was made here"):
        ada.run(ada.workspace.meetings.answer(PLAN, made.text))
    with pytest.raises(NotFoundError, match="Nobody was invited"):
        ben.run(ben.workspace.meetings.answer("another", made.text))
    introduced(ada, ben)
    soon(lambda: linked(ada) == linked(ben) == 1)
