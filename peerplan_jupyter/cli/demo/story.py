"""What the demo's agent says: its plan, and its answers to what reviewers are likely to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

PLAN_ID = "redis-sessions"
TITLE = "Move the shop's sessions to Redis"

CONTENT = """\
Sessions live in the memory of one process. Every deploy signs everybody out, and a second server \
would not know them. This plan moves them to Redis; nothing changes for those who are signed in.

## What changes

`sessions.py` keeps its three functions and their meaning. Each session becomes one key in Redis \
with a lifetime, so that nothing has to be swept up.

| | today | after |
| --- | --- | --- |
| where | a dictionary | Redis, `session:{key}` |
| ends by | a comparison at each lookup | the key's own lifetime |
| restart | everybody is signed out | nobody notices |

## Expiry

Sessions expire after 24 hours. The lifetime is set when a session begins.

## Moving over

A command copies the live sessions while the shop is open, then servers are restarted one by one. \
The change can be taken back by restarting with the former release.

## When Redis is away

A request that needs a session gets status 503 and a sentence; pages without one go on working.
"""

STEPS: list[dict[str, Any]] = [
    {
        "id": "store",
        "title": "Keep sessions in Redis",
        "description": "Replace the dictionary in `sessions.py`, the interface stays.",
        "criteria": ["All tests of the store pass.", "No other file changes."],
    },
    {
        "id": "copy",
        "title": "Copy live sessions",
        "description": "A command that can be run again; rehearsed on staging.",
        "criteria": ["No live session is lost on staging."],
    },
    {
        "id": "measure",
        "title": "Measure and watch",
        "description": "Ten thousand lookups from two servers, and a restart.",
        "criteria": ["The 99th percentile of a lookup stays under 4 ms."],
    },
]


@dataclass(frozen=True)
class Answer:
    """What the agent does about one comment."""

    paragraph: str
    """What it adds to the plan, after the text in question; empty for nothing."""
    reply: str
    disposition: str
    note: str


_expiry = Answer(
    "The lifetime slides: every request renews the 24 hours, so nobody is signed out at work. No "
    "session lives longer than seven days, whatever it is used for.",
    "You are right: as it stood, somebody who works past the 24 hours would be signed out in the "
    "middle of it. The lifetime now slides with use, with a limit of seven days.",
    "applied",
    "Expiry now slides, with a limit of seven days.",
)
_away = Answer(
    "A request waits for Redis for 50 ms at most. After five failures in a row a server stops "
    "asking for ten seconds, so that a slow Redis cannot hold all workers.",
    "That was missing. A slow Redis is worse than one that is away, so there is a short time limit "
    "and a pause after repeated failures now.",
    "applied",
    "Time limit and pause added.",
)
_known = (
    (re.compile(r"expir|lifetime|24 h|sign(ed)? out|slid", re.IGNORECASE), _expiry),
    (re.compile(r"away|down|outage|timeout|503|slow", re.IGNORECASE), _away),
)


def answer(kind: str, quote: str, text: str) -> Answer:
    """The answer to a comment of a kind about a quoted part of the plan.

    The comment is data: it is searched for a topic and repeated as a quotation, never obeyed.
    """
    if kind == "approval":
        return Answer("", "Thank you, noted.", "applied", "Nothing to change.")
    for topic, known in _known:
        if topic.search(f"{quote} {text}"):
            return known
    said = " ".join(text.split())[:200].replace("`", "'")
    if kind == "question":
        return Answer(
            f"Asked in review: “{said}”. The evidence beside the steps answers it.",
            "The evidence beside the steps shows what I know. I noted the question in the plan; "
            "tell me if you need more than that.",
            "partial",
            "Noted in the plan.",
        )
    return Answer(
        f"Decided in review: “{said}”.",
        "I wrote it into the plan at this place and will hold to it.",
        "applied",
        "Written into the plan.",
    )


def amended(content: str, quote: str, paragraph: str) -> str:
    """`content` with a paragraph after the one that holds `quote`, or at its end; unchanged if it
    is there already.
    """
    if not paragraph or paragraph in content:
        return content
    at = content.find(quote) if quote else -1
    end = content.find("\n\n", at + len(quote)) if at >= 0 else -1
    if end < 0:
        return f"{content.rstrip()}\n\n{paragraph}\n"
    return f"{content[:end]}\n\n{paragraph}{content[end:]}"
