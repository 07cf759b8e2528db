"""What the demo tells, event by event: one JSON object each, or a line for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..output import console, plain, print_json

Event = dict[str, Any]
_styles = {"agent": "blue", "reviewer": "magenta", "server": "cyan", "demo": "bold"}

SENTENCES: dict[str, str] = {
    "browser_missing": "found no Chromium for the played reviewer and installs one",
    "browser_installed": "installed {path}",
    "repository": "made {work} with the remote {remote}",
    "server_started": "JupyterLab answers at {url}",
    "connected": "connected over MCP ({protocol})",
    "plan_created": "created the plan “{title}” ({plan})",
    "artifact_attached": "attached {name} ({type}, {hash:.19})",
    "review_requested": "asked for a review of r{number} ({digest:.19})",
    "published": "published to {folder} at {commit:.12}",
    "waiting": "waits for feedback",
    "woken": "was woken after {seconds:.2f} s by {count} new",
    "heard": "heard {author}: {type} about “{quote}”: {content}",
    "edited": "changed the plan: {what}",
    "replied": "replied: {content}",
    "disposition_set": "marked it as {disposition}: {note}",
    "approved": "sees the approval of r{number}: {summary}",
    "review_notebook": "review at {url}",
    "opened": "opened the notebook and ran its cell",
    "selected": "selected “{text}”",
    "annotated": "annotated ({type}): {content}",
    "saw_reply": "sees the agent's reply after {seconds:.2f} s: {content}",
    "saw_disposition": "sees that it is {disposition}",
    "resolved": "resolved the thread",
    "verdict": "approved r{number}: {summary}",
    "screenshot": "picture in {path}",
    "failed": "failed: {message}",
    "ended": "{name} ended with {code}",
    "checked": "the remote holds it all, hashes compared: git -C {remote} show {object}",
    "missing": "the remote lacks: {problems}",
    "done": "that was the loop; look around, Ctrl-C ends JupyterLab",
    "kept": "everything is in {folder}",
    "stopped": "stopped everything that it started",
}


def teller(as_json: bool) -> Callable[[Event], None]:
    """A function that prints an event as it happens."""
    started = time.monotonic()
    shown = console()

    def tell(event: Event) -> None:
        seconds = round(time.monotonic() - started, 3)
        if as_json:
            print_json({"at": round(time.time(), 3), "elapsed": seconds, **event})
            return
        who = str(event["who"])
        line = f"{seconds:7.2f}  [{_styles.get(who, '')}]{who:<8}[/]  "
        shown.print(line, end="", soft_wrap=True)
        shown.print(plain(sentence(event)), markup=False, soft_wrap=True)

    return tell


def sentence(event: Event) -> str:
    """An event in words."""
    known = SENTENCES.get(str(event["event"]))
    if known is None:
        return str(event["event"])
    shown = {key: _short(value) for key, value in event.items()}
    return known.format_map(shown)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        joined = " ".join(value.split())
        return joined if len(joined) <= 160 or "://" in joined else f"{joined[:159]}…"
    return value
