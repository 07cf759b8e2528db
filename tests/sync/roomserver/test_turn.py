"""Our credentials at a real TURN server."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aioice import stun, turn

from peerplan_jupyter.sync.roomserver.ice import IceServers

COTURN = shutil.which("turnserver")
SECRET = "0123456789abcdef0123456789abcdef"
pytestmark = pytest.mark.skipif(COTURN is None, reason="coturn is not installed.")


@asynccontextmanager
async def coturn(folder: Path) -> AsyncIterator[int]:
    """coturn with `use-auth-secret`; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    options = [
        "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}",
        "--realm=example.org", "--use-auth-secret", f"--static-auth-secret={SECRET}",
        "--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout", "--allow-loopback-peers",
        "--min-port=51000", "--max-port=51100", f"--pidfile={folder / 'pid'}",
        f"--userdb={folder / 'db'}",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        str(COTURN), *options, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    await writer.wait_closed()
                    break
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.kill()
        await process.wait()


async def allocate(port: int, server: dict[str, Any]) -> Any:
    """The address that coturn relays for a peer, over TCP."""
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=("127.0.0.1", port),
        username=server["username"],
        password=server["credential"],
        transport="tcp",
    )
    address = transport.get_extra_info("sockname")
    transport.close()
    await asyncio.sleep(0.05)
    return address


def test_coturn_takes_credentials_until_they_expire(tmp_path: Path) -> None:
    async def run() -> None:
        now = IceServers(turn_urls=("turn:x",), turn_secret=SECRET)
        past = IceServers(turn_urls=("turn:x",), turn_secret=SECRET, clock=lambda: 1.0)
        other = IceServers(turn_urls=("turn:x",), turn_secret="another secret, as long")
        async with coturn(tmp_path) as port:
            host, _ = await allocate(port, now.for_peer("01JD")[0])
            assert host == "127.0.0.1"
            for wrong in (past, other):
                with pytest.raises(stun.TransactionFailed):
                    await allocate(port, wrong.for_peer("01JD")[0])

    asyncio.run(run())
