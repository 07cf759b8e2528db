"""The program that tries updates on a copy of a document, in a process of its own.

It is run as a file and imports nothing of the package. On standard input come messages of one
byte (`B`: updates to trust, `T`: one to read, `K`: one to survive), four bytes of length and the
bytes. What is tried is answered by four bytes of length and JSON: `{"changes": [Loro's JSON, …]}`
(`T`), `{"survived": true}` (`K`), `{"pending": true}` or `{"error": …}`. What is read is tried by a
fork, which may die of it; what is to be survived, and where processes cannot be forked all, is
tried by the copy itself, which has the update from then on: the answer has its `version`.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import loro

MEMORY = 2 << 30
STACK = 256 << 20
"""Bytes; a million levels of a value were written out in it."""
SPAN = 64
"""Operations written out at once: each may repeat one long key."""
MAX_WRITTEN = 32_000_000
SECONDS = 60
"""How long a fork may live that does not work, as when the machine stands still."""
LEVELS = 500
"""Of a value that is to be survived; Loro overflows the stack of a thread with some thousands."""
WORK = 3.0
"""Seconds of a processor that an update may take, and one more for each `WORTH` bytes. A large text
beside other changes takes Loro the square of its length."""
WORTH = 2_000_000
_strings = re.compile(r'"(?:[^"\\]++|\\.)*+"')


def limit() -> None:
    """Let a bomb end this process and not the machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def messages() -> Iterator[tuple[bytes, bytes]]:
    """What comes on standard input, until it ends."""
    source = sys.stdin.buffer
    while len(head := source.read(5)) == 5:
        yield head[:1], source.read(int.from_bytes(head[1:]))


def tried(doc: loro.LoroDoc, update: bytes) -> dict[str, Any]:
    """What an update does to the copy."""
    try:
        status = doc.import_(update)
        if status.pending is not None:
            return {"pending": True}
        return {"changes": list(changes(doc, status.success.inner()))}
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {str(error)[:300]}"}


def changes(doc: loro.LoroDoc, new: dict[int, Any]) -> Iterator[str]:
    """Loro's JSON of what is new, in pieces."""
    size = 0
    for peer, (start, end) in new.items():
        for at in range(start, end, SPAN):
            span = loro.IdSpan(peer, loro.CounterSpan(at, min(at + SPAN, end)))
            text = doc.export_json_in_id_span(span)
            size += len(text)
            if size > MAX_WRITTEN:
                raise ValueError("it writes too much")
            yield text


def survived(doc: loro.LoroDoc, update: bytes) -> dict[str, Any]:
    """What becomes of an update that may do everything but harm: it is taken in, given out and
    read, as its receiver will.
    """
    try:
        before = doc.oplog_vv
        status = doc.import_(update)
        if status.pending is not None:
            return {"pending": True}
        doc.export(loro.ExportMode.Updates(before))
        for peer, (start, end) in status.success.inner().items():
            for at in range(start, end, SPAN):
                span = loro.IdSpan(peer, loro.CounterSpan(at, min(at + SPAN, end)))
                check_levels(doc.export_json_in_id_span(span))
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    return {"survived": True}


def check_levels(text: str) -> None:
    """Raise for JSON of more than `LEVELS` levels."""
    if text.count("[") + text.count("{") <= LEVELS:
        return
    brackets = (1 if one in "[{" else -1 for one in _strings.sub("", text) if one in "[{}]")
    if max(itertools.accumulate(brackets), default=0) > LEVELS:
        raise ValueError("a value of too many levels")


@contextlib.contextmanager
def limited_work(seconds: float) -> Iterator[None]:
    """End this process when it works for longer, however busy the machine is."""
    timer = getattr(signal, "setitimer", None)  # not on Windows
    if timer is None:
        yield
        return
    timer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        timer(signal.ITIMER_VIRTUAL, 0)


def answer(told: dict[str, Any]) -> None:
    """Say what became of an update."""
    text = json.dumps(told).encode()
    sys.stdout.buffer.write(len(text).to_bytes(4) + text)
    sys.stdout.buffer.flush()


def try_apart(doc: loro.LoroDoc, update: bytes) -> None:
    """Try an update in a fork, which may die of it."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        with limited_work(WORK + len(update) / WORTH):
            told = tried(doc, update)
        answer(told)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        answer({"error": f"the process that tried it ended with {status}"})


def try_here(doc: loro.LoroDoc, update: bytes, kind: bytes) -> None:
    """Try an update on the copy itself, which has it from then on."""
    if kind == b"K":
        with limited_work(WORK + len(update) / WORTH):
            told = survived(doc, update)
    else:
        told = tried(doc, update)
    answer(told | {"version": base64.b64encode(doc.oplog_vv.encode()).decode()})


def serve() -> None:
    """Work until the input ends."""
    doc = loro.LoroDoc()  # type: ignore[no-untyped-call]
    forks = hasattr(os, "fork") and "--no-fork" not in sys.argv
    for kind, data in messages():
        if kind == b"B":
            doc.import_(data)
        elif forks and kind == b"T":
            try_apart(doc, data)
        else:
            try_here(doc, data, kind)


if __name__ == "__main__":
    limit()
    threading.stack_size(STACK)
    worker = threading.Thread(target=serve)
    worker.start()
    worker.join()
