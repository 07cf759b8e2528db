"""`peerplan mcp` as an agent starts it."""

from __future__ import annotations

import os
import sys

import anyio
from mcp import Client, StdioServerParameters


def test_an_agent_on_stdio_and_a_person_on_the_command_line_share_plans(peerplan, repository):
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from peerplan_jupyter.cli import main; main(['mcp'])"],
        env=dict(os.environ),
        cwd=repository,
    )

    async def create():
        async with Client(command) as client:
            made = await client.call_tool("create_plan", {"title": "Sessions", "pr": 7})
            return made.structured_content

    made = anyio.run(create)
    assert made["repository"] == str(repository)
    listed = peerplan("list", "--json").json["plans"]
    assert [(one["id"], one["title"]) for one in listed] == [(made["plan"], "Sessions")]
