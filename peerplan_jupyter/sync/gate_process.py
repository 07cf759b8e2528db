"""The program that tries updates on a copy of a document, in a process of its own.

It is run as a file and imports nothing of the package. On standard input come messages of one
byte (`B`: updates to trust, `T`: one to try), four bytes of length and the bytes. What is tried is
answered by four bytes of length and JSON: `{"changes": [Loro's JSON, …]}`, `{"pending": true}` or
`{"error": …}`. A fork tries it, which may die of it; where processes cannot be forked the copy has
the update from then on, and the answer its `version`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
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
SECONDS = 5
"""How long a fork may live."""


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
        answer(tried(doc, update))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        answer({"error": f"the process that tried it ended with {status}"})


def try_here(doc: loro.LoroDoc, update: bytes) -> None:
    """Try an update on the copy itself, which has it from then on."""
    told = tried(doc, update)
    answer(told | {"version": base64.b64encode(doc.oplog_vv.encode()).decode()})


def serve() -> None:
    """Work until the input ends."""
    doc = loro.LoroDoc()  # type: ignore[no-untyped-call]
    forks = hasattr(os, "fork") and "--no-fork" not in sys.argv
    for kind, data in messages():
        if kind == b"B":
            doc.import_(data)
        elif forks:
            try_apart(doc, data)
        else:
            try_here(doc, data)


if __name__ == "__main__":
    limit()
    threading.stack_size(STACK)
    worker = threading.Thread(target=serve)
    worker.start()
    worker.join()
