"""Pages of a real Chromium show what others are about to write before the change is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ..mesh.conftest import gathering
from .conftest import PagePeer, Play, enter, given

pytestmark = pytest.mark.timeout(120)
WHY = ["Bob", "Why?"]


@asynccontextmanager
async def two_pages(
    browsing: Callable[[], Any], **options: Any
) -> AsyncIterator[tuple[PagePeer, PagePeer]]:
    """An owner's page with a plan, and a reviewer's that has it too."""
    async with gathering() as home, browsing() as browser:
        ada = await enter(await browser.page(path="plan"), given(home, "Ada", **options))
        bob = await enter(
            await browser.page(path="plan"), given(home, "Bob", "reviewer", **options)
        )
        for one in (ada, bob):
            await one.until(lambda state: state["shown"] is not None)
            await one.until(lambda state: state["connection"]["peers"] == 1)
        yield ada, bob
        assert ada.errors == bob.errors == []


def test_a_comment_is_shown_before_its_change_comes_and_once_when_it_has_come(
    browsing: Any, play: Play
) -> None:
    async def run() -> None:
        async with two_pages(browsing) as (ada, bob):
            await bob.do("comment", "Why?", True)
            state = await ada.until(lambda state: state["shown"] == [WHY])
            assert state["here"] == []
            await bob.do("release")
            await ada.until(lambda state: state["here"] == ["Why?"])
            assert (await ada.state())["shown"] == [WHY]

    play(run())


def test_a_comment_whose_change_never_comes_is_taken_back_and_all_goes_on(
    browsing: Any, play: Play
) -> None:
    async def run() -> None:
        async with two_pages(browsing) as (ada, bob):
            await bob.do("comment", "Why?", True)
            await ada.until(lambda state: state["shown"] == [WHY])
            state = await ada.until(lambda state: state["shown"] == [])
            assert (state["here"], state["connection"]["peers"]) == ([], 1)
            await bob.do("release")
            await ada.until(lambda state: state["shown"] == [WHY] and state["here"] == ["Why?"])

    play(run())


def test_a_comment_that_was_shown_goes_with_the_page_that_wrote_it(
    browsing: Any, play: Play
) -> None:
    async def run() -> None:
        async with two_pages(browsing) as (ada, bob):
            await bob.do("comment", "Why?", True)
            await ada.until(lambda state: state["shown"] == [WHY])
            await bob.page.close()
            state = await ada.until(lambda state: state["connection"]["peers"] == 0)
            assert state["shown"] == state["here"] == []

    play(run())


def test_through_the_relay_nothing_is_shown_before_its_change(browsing: Any, play: Play) -> None:
    async def run() -> None:
        async with two_pages(browsing, direct=False) as (ada, bob):
            await bob.do("comment", "Why?", True)
            await bob.do("comment", "How?")
            await bob.do("release")
            seen = []

            def whole(state: dict[str, Any]) -> bool:
                seen.append(len(state["shown"]) == len(state["here"]))
                return len(state["here"]) == 2

            await ada.until(whole)
            assert all(seen)

    play(run())
