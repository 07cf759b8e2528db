"""What a revision freezes, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import rfc8785

from .schema import Artifact, Step


def frozen_state(
    title: str, content: str, steps: Iterable[Step], artifacts: Iterable[Artifact]
) -> dict[str, Any]:
    """The state that a verdict is about.

    Title, content, steps and the evidence in force. A step's `status` is left out: it reports
    progress, and ticking off an approved step must not make its approval stale.
    """
    return {
        "title": title,
        "content": content,
        "steps": [
            {"id": s.id, "title": s.title, "description": s.description, "criteria": s.criteria}
            for s in steps
        ],
        "artifacts": [
            {"id": a.id, "name": a.name, "hash": a.hash or "", "stepId": a.step_id or ""}
            for a in sorted(artifacts, key=lambda a: a.id)
            if a.withdrawn is None
        ],
    }


def digest(state: dict[str, Any]) -> str:
    """`sha256:` and the hex digest over RFC 8785 canonical JSON."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(state)).hexdigest()
