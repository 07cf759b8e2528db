from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect

COMMAND = [sys.executable, "-c", "from peerplan_jupyter.cli import main; main()", "room-server"]


@asynccontextmanager
async def running(*options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The command, when it listens, and its port."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--port", "0", "--json", *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process, (await event(process))["port"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def event(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout
    async with asyncio.timeout(30):
        return json.loads(await process.stdout.readline())


async def entered(url: str, peer: str) -> Any:
    opened = await connect(url)
    await opened.send(json.dumps({"type": "join", "topic": "room", "id": peer}))
    assert json.loads(await opened.recv())["type"] == "joined"
    return opened


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_serves_until_it_is_stopped_and_sends_everybody_elsewhere(name):
    async def play() -> None:
        async with running() as (process, port):
            peer = await entered(f"ws://127.0.0.1:{port}", "A")
            process.send_signal(getattr(signal, name))
            assert await event(process) == {"event": "draining", "connections": 1}
            assert json.loads(await peer.recv()) == {"type": "drain"}
            with pytest.raises(ConnectionRefusedError):
                await connect(f"ws://127.0.0.1:{port}")
            await peer.close()
            assert await event(process) == {"event": "stopped"}
            assert await process.wait() == 0

    asyncio.run(play())


def test_a_second_signal_waits_for_nobody():
    async def play() -> None:
        async with running("--limit", "grace=600") as (process, port):
            peer = await entered(f"ws://127.0.0.1:{port}", "A")
            process.terminate()
            assert (await event(process))["event"] == "draining"
            process.terminate()
            assert json.loads(await peer.recv()) == {"type": "drain"}
            await peer.wait_closed()
            assert peer.close_code == 1012
            assert await process.wait() == 0

    asyncio.run(play())


def test_what_it_was_told_holds():
    async def play() -> None:
        options = ("--origin", "https://acme.github.io", "--limit", "members=1")
        options += ("--stun-url", "stun:ice.example.org")
        async with running(*options) as (_, port):
            url = f"ws://127.0.0.1:{port}"
            async with connect(url, origin="https://acme.github.io") as opened:
                await opened.send('{"type":"join","topic":"room","id":"A"}')
                servers = json.loads(await opened.recv())["iceServers"]
                assert servers == [{"urls": ["stun:ice.example.org"]}]
                async with connect(url) as other:
                    await other.send('{"type":"subscribe","topics":["room"]}')
                    assert json.loads(await other.recv())["code"] == "crowded"

    asyncio.run(play())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--limit", "memebers=3"], "invalid_input"),
        (["--limit", "members"], "invalid_input"),
        (["--origin", "acme.github.io"], "invalid_input"),
        (["--trusted-proxy", "nginx"], "invalid_input"),
        (["--turn-url", "turn:ice.example.org"], "invalid_input"),
        (["--backplane", "http://localhost"], "invalid_input"),
        (["--host", "203.0.113.1"], "unreachable"),
    ],
)
def test_what_cannot_work_is_said(peerplan, options, code):
    refused = peerplan("room-server", "--port", "0", "--json", *options)
    assert refused.error["code"] == code


def test_a_port_that_is_taken_is_said(peerplan):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = peerplan("room-server", "--port", str(taken.getsockname()[1]), "--json")
    assert (refused.code, refused.error["code"]) == (11, "unreachable")


def test_a_backplane_without_its_package_says_how_to_get_it():
    script = (
        "import sys; sys.modules['redis'] = None\n"
        "from peerplan_jupyter.cli import main\n"
        "main(['room-server', '--backplane', 'redis://localhost', '--json'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (3, "not_found")
    assert "peerplan-jupyter[backplane]" in error["hint"]
