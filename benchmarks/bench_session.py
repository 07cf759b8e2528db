"""A page's session with the Jupyter server: an annotation sent until it is durable.

uv run python benchmarks/bench_session.py
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

import websockets
from rich.console import Console
from rich.table import Table

from peerplan_jupyter.cli.demo.processes import Processes
from peerplan_jupyter.cli.demo.scratch import make_scratch
from peerplan_jupyter.cli.demo.server import LabServer, environment, start_lab
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

ROUNDS = 200


async def submit_all(lab: LabServer) -> list[float]:
    """Milliseconds of each annotation, one after the other."""
    url = lab.url.replace("http", "ws", 1) + "peerplan/api/plans/bench/session"
    headers = {"Authorization": f"token {lab.token}"}
    took = []
    async with websockets.connect(url, additional_headers=headers) as socket:
        await socket.send(json.dumps({"kind": "open", "re": 0}))
        for number in range(1, ROUNDS + 1):
            operation = {"op": "annotate", "id": new_id(), "type": "question", "content": "?"}
            operation["target"] = {"type": "plan"}
            started = time.perf_counter()
            await socket.send(json.dumps({"kind": "submit", "re": number, "operation": operation}))
            while json.loads(await socket.recv()).get("re") != number:
                pass
            took.append((time.perf_counter() - started) * 1000)
    return took


def bare(lab: LabServer) -> list[float]:
    """Milliseconds of requests that do nothing, on new connections."""
    took = []
    for _ in range(ROUNDS):
        headers = {"Authorization": f"token {lab.token}"}
        request = urllib.request.Request(f"{lab.url}peerplan/api/here", headers=headers)
        started = time.perf_counter()
        urllib.request.urlopen(request, timeout=10).read()
        took.append((time.perf_counter() - started) * 1000)
    return took


def main() -> None:
    scratch = make_scratch(Path(tempfile.mkdtemp(prefix="peerplan-bench-")) / "session", "Bench")
    env = environment(scratch, "Bench")
    with Workspace(Home.under(scratch.home)) as workspace:
        agent = workspace.actor("agent", "bench")
        workspace.run(workspace.create(CreatePlan(actor=agent, plan_id="bench", title="Bench")))
    with Processes(scratch.logs) as processes:
        lab = start_lab(processes, scratch, env)
        rows = [("submit → accepted (durable)", asyncio.run(submit_all(lab)))]
        rows.append(("reference: one bare request", bare(lab)))
    table = Table("milliseconds", "p50", "p95")
    for name, took in rows:
        p95 = sorted(took)[int(len(took) * 0.95)]
        table.add_row(name, f"{statistics.median(took):.2f}", f"{p95:.2f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
