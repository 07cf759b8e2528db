"""The demo's agent: a small scripted MCP client, in a process of its own.

`python -m peerplan_jupyter.cli.demo.agent MCP_URL WORKDIR`, with the token in
`PEERPLAN_DEMO_TOKEN`. It prints its events as JSON, one on a line, and ends when its plan is
approved and published, or when its standard input closes.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from ...errors import PeerPlanError
from ..output import print_json
from .evidence import make_evidence
from .parent import end_with_parent
from .scratch import BRANCH, PR
from .story import CONTENT, PLAN_ID, STEPS, TITLE, amended, answer

WAIT_SECONDS = 120
Facts = dict[str, Any]


class DemoAgent:
    """Plans, proves, asks for review, and answers until a person approves."""

    def __init__(self, client: Client, work: Path) -> None:
        self._client = client
        self._work = work
        self._plan = ""
        self._cursor = ""

    async def run(self) -> None:
        """The whole loop."""
        await self._create()
        await self._attach()
        await self._ask("Please look at expiry and at what happens when Redis is away.")
        while True:
            found = await self._wait()
            if found["standing"]["status"] == "approved":
                return await self._finish()
            due = [one for one in found["items"] if not one["addressed"]]
            for item in due:
                await self._address(item)
            if due:
                await self._ask("Changed as discussed in the comments.")

    async def _create(self) -> None:
        _tell("connected", protocol=self._client.protocol_version)
        plan = {"title": TITLE, "content": CONTENT, "steps": STEPS, "pr": PR, "branch": BRANCH}
        made = await self._call("create_plan", plan_id=PLAN_ID, **plan)
        self._plan, self._cursor = made["plan"], made["cursor"]
        _tell("plan_created", plan=self._plan, title=TITLE)

    async def _attach(self) -> None:
        """Most evidence goes by path, the log inline."""
        folder = self._work / "evidence"
        folder.mkdir(exist_ok=True)
        for one in make_evidence():
            if one.file.endswith(".log"):
                source = {"text": one.content.decode(), "name": one.file}
            else:
                (folder / one.file).write_bytes(one.content)
                source = {"path": f"evidence/{one.file}"}
            step = STEPS[one.step]["id"]
            done = await self._about("attach_artifact", caption=one.caption, step=step, **source)
            facts = {key: done[key] for key in ("artifact", "name", "type", "hash", "size")}
            _tell("artifact_attached", **facts)

    async def _ask(self, note: str) -> None:
        asked = await self._about("request_review", note=note)
        _tell("review_requested", number=asked["revision"], digest=asked["digest"])
        await self._publish()

    async def _publish(self) -> None:
        done = await self._about("publish")
        _tell("published", **{key: done[key] for key in ("commit", "folder", "remote", "pushed")})

    async def _wait(self) -> Facts:
        _tell("waiting", plan=self._plan)
        began = time.monotonic()
        while True:
            found = await self._about(
                "wait_for_feedback", cursor=self._cursor, timeout_seconds=WAIT_SECONDS
            )
            self._cursor = found["cursor"]
            if not found["timed_out"]:
                seconds = round(time.monotonic() - began, 3)
                _tell("woken", seconds=seconds, count=len(found["events"]))
                return found

    async def _address(self, item: Facts) -> None:
        """What a reviewer wrote is data here: looked at, quoted, never followed."""
        kind, quote, text = item["type"], item["untrusted_quote"], item["untrusted_text"]
        _tell("heard", author=item["author"], type=kind, quote=quote, content=text)
        if item["kind"] == "review" and kind == "commented":
            return
        planned = answer(kind, quote, text)
        await self._edit(quote, planned.paragraph)
        if item["kind"] == "annotation":
            await self._answer(item["id"], planned.reply, planned.disposition, planned.note)

    async def _edit(self, quote: str, paragraph: str) -> None:
        now = await self._about("get_plan")
        content = amended(now["content"], quote, paragraph)
        if content == now["content"]:
            return
        await self._about("edit_plan", content=content, base_digest=now["content_digest"])
        _tell("edited", what=paragraph)

    async def _answer(self, annotation: str, reply: str, disposition: str, note: str) -> None:
        await self._about("reply", annotation=annotation, content=reply)
        _tell("replied", annotation=annotation, content=reply)
        await self._about(
            "set_disposition", annotation=annotation, disposition=disposition, note=note
        )
        _tell("disposition_set", annotation=annotation, disposition=disposition, note=note)

    async def _finish(self) -> None:
        review = await self._about("get_review")
        counting: Facts = next((one for one in review["verdicts"] if one["counts"]), {})
        number, summary = counting.get("revision"), counting.get("untrusted_summary", "")
        _tell("approved", plan=self._plan, number=number, summary=summary)
        await self._publish()

    async def _about(self, tool: str, **arguments: Any) -> Facts:
        return await self._call(tool, plan=self._plan, **arguments)

    async def _call(self, tool: str, **arguments: Any) -> Facts:
        done = await self._client.call_tool(tool, arguments)
        facts: Facts = dict(done.structured_content or {})
        if done.is_error:
            raise PeerPlanError(f"{tool} was refused: {facts.get('error', {}).get('message')}")
        return facts


def _tell(event: str, **facts: Any) -> None:
    print_json({"event": event, **facts})


async def _main(url: str, work: Path) -> None:
    headers = {"Authorization": f"Bearer {os.environ['PEERPLAN_DEMO_TOKEN']}"}
    me = Implementation(name="Demo agent", version="1")
    async with (
        httpx2.AsyncClient(headers=headers, timeout=WAIT_SECONDS + 30) as http,
        Client(streamable_http_client(url, http_client=http), client_info=me) as client,
    ):
        await DemoAgent(client, work).run()


if __name__ == "__main__":
    end_with_parent()
    anyio.run(_main, sys.argv[1], Path(sys.argv[2]))
