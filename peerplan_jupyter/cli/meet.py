"""`peerplan meet`: meet somebody about a plan by two texts, where no room server is in reach."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInputError
from .context import acting, opened
from .options import JsonOption
from .output import complain, console, print_json, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..review.meetings import Answer, Introduction
    from ..review.workspace import Workspace

NAME = "meet"
_LOOK = 0.2
_AWAY = 5.0
"""Seconds without a link after which the other is gone."""


def run(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN", help="The plan, or the invitation that you were given.")
    ],
    answer: Annotated[
        bool, typer.Option("--answer", help="Answer the text of somebody who began.")
    ] = False,
    qr: Annotated[bool, typer.Option("--qr", help="Show the text as a QR code too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Meet somebody by two texts, with no server.

    One begins and sends a text, in whatever way there is; the other answers with --answer, or on
    the plan's page, and sends a text back. Changes go both ways until one of you leaves.
    """
    with opened() as workspace:
        plan_id = _entered(workspace, plan)
        say = _Saying(as_json, qr)
        (_answer if answer else _begin)(workspace, plan_id, say)
        workspace.run(workspace.meetings.arrival(plan_id))
        say.linked(plan_id, _names(workspace, plan_id))
        _stay(workspace, plan_id)
        say.done()


class _Saying:
    """What is said on the way, for people or as one JSON object for each event."""

    def __init__(self, as_json: bool, qr: bool) -> None:
        self._as_json, self._qr = as_json, qr

    def text(self, text: str, told: str) -> None:
        if self._as_json:
            print_json({"text": text})
            return
        console().print(words(text), soft_wrap=True)
        if self._qr:
            import segno

            segno.make(text, error="l").terminal(compact=True)
        self.told(told)

    def told(self, text: str) -> None:
        if not self._as_json:
            console(stderr=True).print(words(text), style="dim")

    def linked(self, plan_id: str, names: list[str]) -> None:
        if self._as_json:
            print_json({"plan": plan_id, "linked": names})
            return
        with_whom = " and ".join(names) or "them"
        console().print(words(f"Connected with {with_whom}, until one of you leaves (Ctrl+C)."))

    def done(self) -> None:
        self.told("They have left.")

    def asked(self, take: Callable[[str], Any]) -> Any:
        """What `take` makes of the line that was pasted; another is asked for in place of a wrong
        one.
        """
        for line in sys.stdin:
            if not line.strip():
                continue
            try:
                return take(line)
            except InvalidInputError as error:
                complain(error, self._as_json, "peerplan")
        raise InvalidInputError("The input ended before the text came.")


def _entered(workspace: Workspace, plan: str) -> str:
    from ..jupyter.kernel import enter_room
    from ..store.url import invitation_in

    if invited := invitation_in(plan):
        who, name = workspace.identity("human"), acting(workspace, "").name
        workspace.run(workspace.inviting.accept(plan, invited, who, name, ""))
        return invited
    plan_id = workspace.run(workspace.find(plan))
    workspace.run(enter_room(workspace, plan_id))
    return plan_id


def _begin(workspace: Workspace, plan_id: str, say: _Saying) -> None:
    made: Introduction = workspace.run(workspace.meetings.introduce(plan_id))
    say.text(made.text, "Send them this text. Paste what they send back, and press Enter.")
    say.asked(lambda text: workspace.run(made.answered(text)))


def _answer(workspace: Workspace, plan_id: str, say: _Saying) -> None:
    say.told("Paste the text that you were given, and press Enter.")
    made: Answer = say.asked(lambda text: workspace.run(workspace.meetings.answer(plan_id, text)))
    say.text(made.text, "Send this text back. You are connected when they have taken it.")
    workspace.run(made.linked())


def _names(workspace: Workspace, plan_id: str) -> list[str]:
    members = workspace.peer.call(lambda _: workspace.meetings.members(plan_id))
    return [one["identity"]["name"] for one in members if one["path"] and one["identity"]]


def _stay(workspace: Workspace, plan_id: str) -> None:
    seen = time.monotonic()
    while time.monotonic() - seen < _AWAY:
        time.sleep(_LOOK)
        if _names(workspace, plan_id):
            seen = time.monotonic()
