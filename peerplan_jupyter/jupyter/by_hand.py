"""Meeting by hand from a notebook: a text with its code, and what came back."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..review.workspace import Workspace

if TYPE_CHECKING:
    from ..review.meetings import Answer, Introduction


class MeetingByHand:
    """A text for somebody on the plan's page, who gives one back; as a cell's result it is shown
    with its QR code.
    """

    def __init__(self, workspace: Workspace, introduction: Introduction) -> None:
        self._workspace, self._introduction = workspace, introduction

    @property
    def text(self) -> str:
        """What the other person pastes or scans under *I was given a text or a code*."""
        return self._introduction.text

    def answered(self, text: str) -> None:
        """Take the text that came back; returns when you are connected.

        Raises `InvalidInputError` for another text, `UnreachableError` where no way was found, and
        `ForbiddenError` for somebody who may not be here.
        """
        self._workspace.run(self._introduction.answered(text))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return _shown(self.text)


class AnswerByHand:
    """A text for who began; you are connected once they took it."""

    def __init__(self, workspace: Workspace, answer: Answer) -> None:
        self.text = answer.text
        """What the other person pastes or scans."""
        self._linked = workspace.peer.spawn(answer.linked())

    def wait(self, seconds: float | None = None) -> None:
        """Return when you are connected.

        Raises `TimeoutError` where that takes longer, `UnreachableError` where no way was found,
        and `ForbiddenError` for somebody who may not be here.
        """
        self._linked.result(seconds)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return _shown(self.text)


def _shown(text: str) -> str:
    import segno  # noqa: PLC0415 - few notebooks show one

    code = segno.make(text, error="l").svg_inline(scale=4, light="#fff")
    return f"<div>{code}</div><code style='overflow-wrap: anywhere'>{escape(text)}</code>"
