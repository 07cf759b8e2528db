"""The evidence that the demo's agent makes: one file of each kind, small and real."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .drawing import Picture
from .scratch import BEFORE

if TYPE_CHECKING:
    from av import VideoFrame

INK, PAPER, FAINT = (36, 41, 47), (250, 250, 248), (222, 224, 226)
BLUE, GREEN = (46, 108, 186), (38, 138, 84)
VIDEO_RATE = 8
"""Frames a second."""

AFTER = '''"""Sessions of the shop, in Redis."""

import json
import os
import secrets

import redis

LIFETIME = 24 * 3600
_store = redis.Redis.from_url(os.environ.get("SESSIONS_URL", "redis://localhost:6379/0"))


def start(user):
    key = secrets.token_urlsafe(32)
    _store.set(f"session:{key}", json.dumps(user), ex=LIFETIME)
    return key


def user_of(key):
    found = _store.getex(f"session:{key}", ex=LIFETIME)
    return json.loads(found) if found else None


def end(key):
    _store.delete(f"session:{key}")
'''
LOG = """\
\x1b[2m10:41:07\x1b[0m \x1b[36mINFO\x1b[0m  copying sessions to redis://staging:6379/0
\x1b[2m10:41:07\x1b[0m \x1b[36mINFO\x1b[0m  found 18231 sessions in memory
\x1b[2m10:41:09\x1b[0m \x1b[33mWARN\x1b[0m  412 sessions ended while they were copied, left out
\x1b[2m10:41:12\x1b[0m \x1b[36mINFO\x1b[0m  copied 17819 sessions in 4.9 s
\x1b[2m10:41:12\x1b[0m \x1b[36mINFO\x1b[0m  compared a sample of 1000: \x1b[32m1000 equal\x1b[0m
\x1b[2m10:41:13\x1b[0m \x1b[32mDONE\x1b[0m  exit 0
"""
_cases = (
    ("a session outlives a restart", 0.212),
    ("a session ends after its lifetime", 0.031),
    ("an unknown key has no user", 0.004),
    ("logging out ends the session at once", 0.009),
    ("two servers see the same session", 0.187),
    ("a key cannot be guessed from another", 0.002),
    ("Redis that is away gives 503, not a crash", 0.094),
)


@dataclass(frozen=True)
class Made:
    """A file of evidence and the claim that it supports."""

    file: str
    step: int
    """Which step of the plan it belongs to, counted from 0."""
    caption: str
    content: bytes


def make_evidence() -> Iterator[Made]:
    """All of it, in the order of the steps."""
    yield Made("sessions.diff", 0, "The whole change to sessions.py", diff())
    yield Made("junit.xml", 0, "All seven tests of the store pass", junit())
    yield Made("copy.log", 1, "The copy on staging lost no live session", LOG.encode())
    yield Made("latency.png", 2, "The 99th percentile stays under 4 ms", screenshot())
    yield Made("benchmark.ipynb", 2, "How the latencies were measured", notebook())
    yield Made("restart.webm", 2, "Signed in before and after a restart", recording())


def diff() -> bytes:
    """The change as git shows it."""
    lines = difflib.unified_diff(
        BEFORE.splitlines(keepends=True),
        AFTER.splitlines(keepends=True),
        "a/sessions.py",
        "b/sessions.py",
    )
    return ("diff --git a/sessions.py b/sessions.py\n" + "".join(lines)).encode()


def junit() -> bytes:
    """Test results as JUnit XML."""
    total = sum(seconds for _, seconds in _cases)
    cases = "\n".join(
        f'    <testcase classname="test_sessions" name="{name}" time="{seconds}"/>'
        for name, seconds in _cases
    )
    count = f'tests="{len(_cases)}" failures="0" errors="0" skipped="0" time="{total:.3f}"'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<testsuites {count}>\n  <testsuite name="sessions" {count}>\n{cases}\n'
        "  </testsuite>\n</testsuites>\n"
    ).encode()


def screenshot() -> bytes:
    """A chart of latencies."""
    picture = Picture(720, 420, PAPER)
    picture.text(32, 28, "Session lookup, milliseconds", INK, 3)
    rows = (("memory", "p50", 2, INK), ("redis", "p50", 9, BLUE), ("memory", "p99", 11, INK))
    for index, (where, share, tenths, colour) in enumerate((*rows, ("redis", "p99", 36, BLUE))):
        top = 96 + index * 68
        picture.text(32, top + 12, f"{where} {share}", INK, 3)
        picture.rectangle(220, top, 440, 40, FAINT)
        picture.rectangle(220, top, tenths * 10, 40, colour)
        picture.text(232 + tenths * 10, top + 12, f"{tenths / 10:.1f}", INK, 3)
    picture.text(32, 380, "goal: p99 under 4.0   10000 lookups, 2 servers", GREEN, 2)
    return picture.png()


def recording() -> bytes:
    """Two seconds of WebM (VP8): signing in, the restart, still signed in."""
    import av

    target = io.BytesIO()
    with av.open(target, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=VIDEO_RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index in range(2 * VIDEO_RATE):
            container.mux(stream.encode(_frame(index)))
        container.mux(stream.encode(None))
    return target.getvalue()


def _frame(index: int) -> VideoFrame:
    import av

    picture = Picture(320, 180, PAPER)
    scenes = ("signed in as Ada", "server restarts", "still signed in")
    picture.text(24, 60, scenes[min(index // 5, 2)], INK, 4)
    picture.rectangle(24, 120, 8 + index * 17, 8, BLUE if index < 10 else GREEN)
    frame = av.VideoFrame(320, 180, "rgb24")
    plane = frame.planes[0]
    gap = bytes(plane.line_size - 3 * picture.width)
    lines = range(0, len(picture.pixels), 3 * picture.width)
    plane.update(b"".join(picture.pixels[at : at + 3 * picture.width] + gap for at in lines))
    return frame


def notebook() -> bytes:
    """The benchmark as a notebook that was run."""
    import nbformat

    notebooks: Any = nbformat
    v4 = notebooks.v4

    times = "memory  p50 0.2  p99 1.1\nredis   p50 0.9  p99 3.6\n"
    output = v4.new_output("stream", name="stdout", text=times)
    cells = [
        v4.new_markdown_cell("# Lookups\n\n10,000 lookups against two servers on staging."),
        v4.new_code_cell(
            "for store in (memory, redis):\n    print(store, *percentiles(store, 10_000))",
            execution_count=1,
            outputs=[output],
        ),
    ]
    return str(notebooks.writes(v4.new_notebook(cells=cells))).encode()
