"""A room server that lies, under pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from peerplan_jupyter.sync.roomserver.relay_frames import decode_names, encode_names

from ..mesh.conftest import gathering
from ..mesh.liar import Said, lying, sender_of
from ..mesh.test_servers import ABOUT_SIGNALS, LIES, Lies
from .conftest import Browser, Play, enter, given
from .test_pages import NO_WEBRTC

pytestmark = pytest.mark.timeout(300)
Lie = Callable[[Lies, Said], list[Said]]
ROUNDS = 10


def of_another_room(_: Lies, said: Said) -> list[Said]:
    if isinstance(said, bytes):
        _, _, start = decode_names(said)
        return [said, encode_names("elsewhere", sender_of(said)) + said[start:]]
    return [said, {**said, "topic": "elsewhere"}]


def flooding(lies: Lies, said: Said) -> list[Said]:
    return [said, *(lies.rubbish(said)[-1] for _ in range(100)), *[said] * 20]


async def survive(browser: Browser, lie: Lie, *scripts: str) -> None:
    """Two pages write while the server lies: equal at once if they are linked directly, else soon
    after it stopped.
    """
    async with lying() as liar, gathering() as home:
        home.servers = (liar.url,)
        contexts = [await browser.context(*scripts) for _ in range(2)]
        ada = await enter(await browser.page(contexts[0]), given(home, "Ada"))
        bob = await enter(await browser.page(contexts[1]), given(home, "Bob", "reviewer"))
        for one in (ada, bob):
            await one.until(lambda state: state["connection"]["peers"] == 1)
        liar.lie = partial(lie, Lies(liar))
        for number in range(ROUNDS):
            await ada.do("put", f"ada {number}", "x")
            await bob.do("put", f"bob {number}", "x")
            await liar.say({"type": "publish", "topic": home.secret.room, "data": "no"})
            await asyncio.sleep(0.02)
        assert liar.told, lie.__name__
        if scripts:
            liar.lie = lambda said: [said]
        wanted = {f"{name} {number}": 1 for name in ("ada", "bob") for number in range(ROUNDS)}
        for one in (ada, bob):
            await one.until(lambda state: state["values"] == wanted, 100)
            assert one.errors == [], lie.__name__
        for context in contexts:
            await context.close()


@pytest.mark.parametrize("lie", [*LIES, of_another_room, flooding], ids=lambda lie: lie.__name__)
def test_relayed_pages_are_equal_soon_after_a_room_server_lied(
    browsing: Any, lie: Lie, play: Play
) -> None:
    async def run() -> None:
        async with browsing() as browser:
            await survive(browser, lie, NO_WEBRTC)

    play(run())


@pytest.mark.parametrize("lie", [*ABOUT_SIGNALS, flooding], ids=lambda lie: lie.__name__)
def test_pages_that_are_linked_directly_are_equal_while_the_room_server_lies(
    browsing: Any, lie: Lie, play: Play
) -> None:
    async def run() -> None:
        async with browsing() as browser:
            await survive(browser, lie)

    play(run())


def test_pages_that_a_lie_kept_from_greeting_try_again(browsing: Any, play: Play) -> None:
    """What is said twice is no handshake, so that each refuses the other."""

    async def run() -> None:
        async with browsing() as browser, lying() as liar, gathering() as home:
            home.servers = (liar.url,)
            liar.lie = lambda said: [said, said]
            contexts = [await browser.context(NO_WEBRTC) for _ in range(2)]
            ada = await enter(await browser.page(contexts[0]), given(home, "Ada"))
            bob = await enter(await browser.page(contexts[1]), given(home, "Bob", "reviewer"))
            for one in (ada, bob):
                await one.until(lambda state: "Another message" in state["connection"]["detail"])
            await asyncio.sleep(2)
            liar.lie = lambda said: [said]
            for one in (ada, bob):
                await one.until(lambda state: state["connection"]["peers"] == 1, 60)

    play(run())
