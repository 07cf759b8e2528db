"""Ends that die, stand still, are busy, or leave; and what stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from peerplan_jupyter.errors import UnreachableError
from peerplan_jupyter.sync.transports.webrtc import DirectLink, Settings, answer, offer
from peerplan_jupyter.sync.transports.webrtc.thread import rtc_thread

from .conftest import MOSTLY_AIORTC, slow
from .ends import link_with

LEFT = "The other peer closed the connection."


@pytest.fixture
def with_process(process: Any, settings: Settings, backend: str) -> Any:
    """Runs a coroutine function with a process and an open link to it."""

    def play(script: Any) -> None:
        async def run() -> None:
            with process() as end:
                async with link_with(end, offers=True, settings=settings, backend=backend) as link:
                    await link.opened()
                    opened = await end.until("open")
                    assert opened["binding"] == link.binding.hex()
                    await script(end, link)

        asyncio.run(run())

    return play


@MOSTLY_AIORTC
def test_a_process_that_ends_says_so_itself(with_process: Any) -> None:
    async def script(end: Any, link: Any) -> None:
        end.do("exit")
        assert await link.wait_closed() == LEFT
        assert await link.control.receive() is None

    with_process(script)


@MOSTLY_AIORTC
def test_a_link_answers_while_a_cell_is_busy(with_process: Any) -> None:
    async def script(end: Any, link: Any) -> None:
        end.do("busy", seconds=1.5)
        await end.until("busy")
        for number in range(20):
            await link.control.send(f"echo {number}")
            assert await link.control.receive() == f"echoed {number}"
        assert {"event": "idle"} not in end.log
        await end.until("idle")

    with_process(script)


@MOSTLY_AIORTC
def test_a_process_that_stood_still_for_a_while_goes_on(with_process: Any) -> None:
    async def script(end: Any, link: Any) -> None:
        os.kill(end.process.pid, signal.SIGSTOP)
        for number in range(5):
            await link.control.send(f"echo {number}")
            await asyncio.sleep(0.3)
        os.kill(end.process.pid, signal.SIGCONT)
        got = [await link.control.receive() for _ in range(5)]
        assert got == [f"echoed {number}" for number in range(5)]

    with_process(script)


@slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_an_end_that_died_is_noticed_by_the_library_too(with_process: Any, how: int) -> None:
    async def script(end: Any, link: Any) -> None:
        os.kill(end.process.pid, how)
        async with asyncio.timeout(60):
            reason = await link.wait_closed()
        with contextlib.suppress(ProcessLookupError):
            os.kill(end.process.pid, signal.SIGKILL)
        assert reason == "The other peer does not answer any more."

    with_process(script)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def settled() -> tuple[int, int]:
    """Open files, and tasks of the library's thread, when what ends has ended."""
    await asyncio.sleep(0.05)
    gc.collect()

    async def tasks() -> int:
        return len(asyncio.all_tasks()) - 1

    return descriptors(), await asyncio.wrap_future(rtc_thread().spawn(tasks()))


@pytest.mark.skipif(sys.platform != "linux", reason="counts files in /proc")
@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=slow)])
def test_links_that_were_closed_leave_nothing_behind(
    pair: Any, settings: Settings, count: int
) -> None:
    async def run() -> None:
        before = (0, 0)
        for number in range(count + 5):
            async with pair(settings):
                pass
            if number == 4:
                before = await settled()
        after = await settled()
        assert after[0] <= before[0] + 5
        assert after[1] <= before[1]

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="counts files in /proc")
def test_links_that_never_opened_leave_nothing_behind(settings: Settings) -> None:
    async def run() -> None:
        before = (0, 0)
        for number in range(12):
            ends = [await offer(lambda _: None, settings=settings) for _ in range(2)]
            ends.append(await answer(lambda _: None, settings=settings))
            for end in ends:
                end.close()
                await end.wait_closed()
            if number == 1:
                before = await settled()
        after = await settled()
        assert after[0] <= before[0] + 2
        assert after[1] <= before[1]

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="counts files in /proc")
def test_links_that_were_dropped_and_not_closed_leave_nothing_behind(settings: Settings) -> None:
    async def drop() -> None:
        ends: list[DirectLink] = []

        def to_first(signal: dict[str, Any]) -> None:
            ends[1].signal(signal)

        ends.append(await answer(to_first, settings=settings))
        ends.append(await offer(ends[0].signal, settings=settings))
        await asyncio.gather(*(one.opened() for one in ends))
        await ends[0].control.send("nobody reads it")
        ends.clear()

    async def run() -> None:
        await drop()
        await drop()
        async with asyncio.timeout(30):
            before = await settled()
            while before[1] > 0:
                before = await settled()
            for _ in range(10):
                await drop()
            while True:
                after = await settled()
                if after[0] <= before[0] + 2 and after[1] <= before[1]:
                    return

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="counts files in /proc")
def test_a_link_whose_maker_was_cancelled_leaves_nothing_behind(settings: Settings) -> None:
    async def run() -> None:
        warm = await offer(lambda _: None, settings=settings)
        warm.close()
        await warm.wait_closed()
        before = await settled()
        for _ in range(10):
            making = asyncio.create_task(offer(lambda _: None, settings=settings))
            await asyncio.sleep(0)
            making.cancel()
            with pytest.raises(asyncio.CancelledError):
                await making
        async with asyncio.timeout(5):
            while (after := await settled()) > before:
                await asyncio.sleep(0.05)
        assert after[1] <= before[1]

    asyncio.run(run())


def test_an_end_that_never_answers_is_given_up_with_advice(settings: Settings) -> None:
    async def run() -> None:
        link = await offer(lambda _: None, settings=settings)
        with pytest.raises(UnreachableError) as caught:
            await link.opened(0.2)
        assert caught.value.message == (
            "No direct connection came about within 0.2 s. This side offered addresses of this "
            "machine. The other side did not describe itself."
        )
        assert caught.value.hint == "A room server can relay instead."
        assert await link.wait_closed() == "No direct connection came about within 0.2 s."

    asyncio.run(run())


def test_the_child_of_a_fork_gets_a_thread_of_its_own_and_ends(tmp_path: Path) -> None:
    script = tmp_path / "fork.py"
    script.write_text(FORK)
    done = subprocess.run([sys.executable, str(script)], check=True, capture_output=True)
    assert done.stdout == b"child\nparent\n"


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
from peerplan_jupyter.sync.transports.webrtc.thread import rtc_thread
first = rtc_thread()
child = os.fork()
second = rtc_thread()
assert (second is first) == bool(child)
async def work(): return 1
assert second.spawn(work()).result(5) == 1
if child: os.waitpid(child, 0)
sys.stdout.write("parent\\n" if child else "child\\n")
second.close()
"""


@pytest.mark.parametrize(("reason", "told"), [("protocol is shutdown", 0), ("bad record", 1)])
def test_only_what_a_close_does_not_explain_is_logged(
    caplog: pytest.LogCaptureFixture, reason: str, told: int
) -> None:
    async def fail() -> None:
        error = SSL.Error([("SSL routines", "", reason)])
        asyncio.get_running_loop().call_exception_handler({"message": "Lost", "exception": error})

    with caplog.at_level(logging.WARNING):
        rtc_thread().spawn(fail()).result(5)
    assert len(caplog.records) == told
