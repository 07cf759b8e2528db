"""The process beside a peer's own that tries updates on a copy."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from peerplan_jupyter.errors import DocumentError
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.sync.gate import Gate
from peerplan_jupyter.sync.gate_copy import GateCopy

from ..vectors import gates
from ..vectors.gates import FRESH, RITA, annotate, changed
from .test_gate import VECTORS, make_gate, outcome, plan

__all__ = ["make_gate", "plan"]


def annotated(document, count):
    for number in range(count):
        document.apply(annotate(RITA, gates.ulid(30 + number)))


def stopped_for(parent, seconds, over):
    """Stops the next fork of a process for a while, if one is seen before it is `over`."""
    children = Path(f"/proc/{parent}/task").glob
    while not (forks := "".join(one.read_text() for one in children("*/children")).split()):
        if over.is_set():
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(forks[0]), signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(int(forks[0]), signal.SIGCONT)


@pytest.mark.parametrize("role", ["reviewer", "owner"])
def test_a_process_that_is_held_up_is_not_the_fault_of_an_update(plan, role):
    copy = GateCopy(lambda: plan, seconds=1.0)
    first, second = (changed(plan, lambda it, k=k: it.apply(annotate(RITA, gates.ulid(k))))
                     for k in (20, 21))  # fmt: skip
    try:
        gate = Gate(role, RITA, copy)
        assert outcome(gate, first) == "ok"
        os.kill(copy._process.pid, signal.SIGSTOP)
        assert outcome(gate, second) == "ok"
    finally:
        copy.close()


def test_a_trial_that_a_machine_at_a_standstill_interrupts_goes_on(plan):
    copy = GateCopy(lambda: plan, seconds=60.0)
    large = changed(plan, lambda it: annotated(it, 900))
    try:
        copy.writes(changed(plan, lambda it: it.apply(annotate(RITA, FRESH))))
        took = 0.0
        while took < 5:  # the fork may be over before it is seen
            over, begun = threading.Event(), time.monotonic()
            stopping = threading.Thread(target=stopped_for, args=[copy._process.pid, 6.0, over])
            stopping.start()
            assert len(copy.writes(large)) > 900
            took = time.monotonic() - begun
            over.set()
            stopping.join()
    finally:
        copy.close()


def test_the_copy_begins_anew_when_its_process_is_killed(make_gate, plan):
    gate = make_gate(plan)
    update = base64.b64decode(VECTORS["cases"][0]["update"])
    gate.check(update)
    process = gate._copy._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert outcome(gate, update) in {"ok", "refused"}
    assert outcome(gate, update) == "ok"


def test_a_trial_that_takes_too_long_ends(plan):
    copy = GateCopy(lambda: plan, seconds=0.2)
    copy._command = ["sleep", "60"]
    with pytest.raises(DocumentError, match="ended"):
        copy.writes(base64.b64decode(VECTORS["cases"][0]["update"]))
    assert copy._process is None


@pytest.mark.parametrize("role", ["reviewer", "owner"])
def test_the_thread_is_free_while_a_first_change_is_tried(make_gate, plan, role):
    gate = make_gate(plan, role)
    update = base64.b64decode(VECTORS["cases"][0]["update"])
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def play():
        counting = asyncio.ensure_future(count())
        await asyncio.sleep(0)
        async with gate.foreseen(update):
            counting.cancel()
            gate._copy._command = ["false"]
            assert outcome(gate, update) == "ok"

    asyncio.run(play())
    assert turns > 10


@pytest.mark.parametrize("role", ["reviewer", "owner"])
def test_two_updates_are_never_tried_at_once(make_gate, plan, role):
    gate = make_gate(plan, role)
    first, second = (changed(plan, lambda it, k=k: it.apply(annotate(RITA, gates.ulid(k))))
                     for k in (20, 21))  # fmt: skip

    async def play():
        async with contextlib.AsyncExitStack() as stack:
            entering = asyncio.ensure_future(stack.enter_async_context(gate.foreseen(first)))
            await asyncio.sleep(0)
            assert outcome(gate, second) == "early"
            await entering
            assert [outcome(gate, one) for one in (first, second)] == ["ok", "ok"]

    asyncio.run(play())


def test_what_was_tried_and_not_taken_in_leaves_nothing_in_the_copy(make_gate, plan):
    gate, other = make_gate(plan, "owner"), PlanDocument.load([plan.updates_since()])
    first = other.apply(annotate(RITA, FRESH)).update
    reply = gates.operation(RITA, "reply", gates.ulid(9), annotationId=FRESH, content="And.")
    second = other.apply(reply).update

    async def play():
        async with gate.foreseen(first):
            pass
        waiting = asyncio.ensure_future(gate.foreseen(first).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        assert outcome(gate, second) == "early"
        async with gate.foreseen(b""):
            assert outcome(gate, first) == "ok"
            plan.import_updates(first)
        assert outcome(gate, second) == "ok"

    asyncio.run(play())


def test_nothing_is_left_running_when_a_copy_is_closed(make_gate, plan):
    gate = make_gate(plan)
    gate.check(base64.b64decode(VECTORS["cases"][0]["update"]))
    pid = gate._copy._process.pid
    gate._copy.close()
    assert subprocess.run(["ps", "-p", str(pid)], check=False, capture_output=True).returncode == 1
