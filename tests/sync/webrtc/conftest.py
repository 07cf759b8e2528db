"""What the tests of data channels share: pairs of links, Chromium, peers as processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aioice.ice import get_host_addresses

from peerplan_jupyter.cli.demo.chromium import find_chromium, install_chromium, require_playwright
from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.sync.transports.webrtc import DirectLink, Settings, answer, offer

from .ends import End, end_process, forked_peer

slow = pytest.mark.skipif(
    not os.environ.get("PEERPLAN_SLOW"), reason="takes half a minute or more: set PEERPLAN_SLOW=1"
)


MOSTLY_AIORTC = pytest.mark.parametrize("backend", ["aiortc", pytest.param("wrtc", marks=slow)])
"""For what takes seconds: the library that everybody has always, the other one when asked to."""


def require(backend: str) -> str:
    """Skips where the library or a network is missing."""
    if backend == "wrtc" and find_spec("webrtc") is None:
        pytest.skip("wrtc is not installed: pip install peerplan-jupyter[wrtc]")
    if not get_host_addresses(use_ipv4=True, use_ipv6=True):
        pytest.skip("this machine has no network address but its own loopback")
    return backend


@pytest.fixture(params=["aiortc", "wrtc"])
def backend(request: pytest.FixtureRequest) -> str:
    return require(request.param)


@pytest.fixture
def settings(backend: Any) -> Settings:
    """Those of one library after the other."""
    return Settings(backend=require(backend))


Pair = tuple[DirectLink, DirectLink]


@asynccontextmanager
async def linked(settings: Settings, **others: Any) -> AsyncIterator[Pair]:
    """Two open links that are each other's ends; `others` is different at the one that answers."""
    ends: list[DirectLink] = []

    def to_first(signal: dict[str, Any]) -> None:
        ends[1].signal(signal)

    ends.append(await answer(to_first, settings=replace(settings, **others)))
    ends.append(await offer(ends[0].signal, settings=settings))
    second, first = ends
    try:
        await asyncio.gather(first.opened(), second.opened())
        yield first, second
    finally:
        first.close()
        second.close()
        await asyncio.gather(first.wait_closed(), second.wait_closed())


@pytest.fixture
def pair() -> Callable[..., Any]:
    """`async with pair(settings) as (first, second)`."""
    return linked


@pytest.fixture(scope="session")
def chromium() -> Path:
    require_playwright()
    try:
        return find_chromium()
    except NotFoundError:
        return install_chromium()


@pytest.fixture(scope="package")
def browser(chromium: Path, node_scripts: Callable[..., list[str]], bundle: Path) -> Iterator[End]:
    packages = Path(node_scripts("client.mjs")[-1]).parent / "node_modules"
    with end_process("page.py", str(chromium), str(packages), str(bundle)) as end:
        yield end


@pytest.fixture
def page(browser: End) -> End:
    """A new page of a Chromium with its defaults: it hides addresses behind mDNS names."""
    browser.clear()
    browser.do("new")
    browser.wait("ready")
    browser.clear()
    return browser


@pytest.fixture
def process() -> Callable[..., Any]:
    """`with process() as end`: a peer of ours in a process of its own."""
    return forked_peer
