"""Whether the remote holds what the demo promised: read from its plan branch, hash by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...git.objects import ObjectReader
from ...git.repository import Repository
from ...store.names import PLAN_BRANCH


def problems(remote: Path, folder: str) -> list[str]:
    """What is missing from the plan in `folder` of the remote's plan branch; empty when all is
    there: approval of the last revision, every artifact with its hash, a person's annotation with
    an agent's reply and disposition.
    """
    with Repository.open(remote) as repository, repository.objects() as objects:
        data = objects.blob(f"refs/heads/{PLAN_BRANCH}:{folder}/plan.json")
        if data is None:
            return [f"{PLAN_BRANCH}:{folder}/plan.json is not there"]
        plan = json.loads(data)["plan"]
        return [*_verdict(plan), *_evidence(plan, objects, folder), *_threads(plan)]


def _verdict(plan: dict[str, Any]) -> Iterator[str]:
    if plan["status"] != "approved":
        yield f"the plan is {plan['status']}, not approved"
        return
    last, review = plan["revisions"][-1], plan["review"]
    if (review["revision"], review["digest"]) != (last["id"], last["digest"]):
        yield "the approval is not of the last revision"
    if _kind(plan, review["author"]) != "human":
        yield "no person approved it"


def _evidence(plan: dict[str, Any], objects: ObjectReader, folder: str) -> Iterator[str]:
    if not plan["artifacts"]:
        yield "there is no evidence"
    for one in plan["artifacts"]:
        file = one["url"].rsplit("/", 1)[-1]
        data = objects.blob(f"refs/heads/{PLAN_BRANCH}:{folder}/{file}")
        if data is None:
            yield f"{file} is not on the branch"
        elif one["hash"] != f"sha256:{hashlib.sha256(data).hexdigest()}":
            yield f"{file} has another hash than plan.json says"


def _threads(plan: dict[str, Any]) -> Iterator[str]:
    spoken = [one for one in plan["annotations"] if _kind(plan, one["author"]) == "human"]
    if not spoken:
        yield "there is no annotation by a person"
    for one in spoken:
        if not any(_kind(plan, reply["author"]) == "agent" for reply in one["replies"]):
            yield f"the agent did not reply to {one['content'][:60]!r}"
        if not one.get("disposition"):
            yield f"the agent did not say what it did about {one['content'][:60]!r}"


def _kind(plan: dict[str, Any], author: str) -> str:
    return str(plan["identities"].get(author, {}).get("kind", ""))
