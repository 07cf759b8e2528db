"""The SDK's client at a server that was forked; see `nursery.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from .nursery import Child


@asynccontextmanager
async def speaking(server: Child) -> AsyncIterator[TransportStreams]:
    """A transport for the client, at whose end the server's input ends."""
    hearing, heard = anyio.create_memory_object_stream[SessionMessage | Exception]()
    said, saying = anyio.create_memory_object_stream[SessionMessage]()

    async def hear() -> None:
        async with hearing:
            async for line in anyio.wrap_file(server.stdout):
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                with suppress(anyio.BrokenResourceError):  # the client is done
                    await hearing.send(SessionMessage(message))

    async def say() -> None:
        async with saying:
            try:
                async for one in saying:
                    line = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                    server.stdin.write(f"{line}\n")
                    server.stdin.flush()
            finally:
                server.stdin.close()

    with server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hear)
            tasks.start_soon(say)
            try:
                yield heard, said
            finally:
                heard.close()
                said.close()
