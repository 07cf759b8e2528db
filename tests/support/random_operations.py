"""Random operations on a plan: most can be carried out, some cannot, some are no operations."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

from peerplan_jupyter.plan.document import PlanDocument

ACTORS = [
    {"id": "did:key:z6Mk" + name * (30 // len(name)), "name": name, "kind": kind}
    for name, kind in (("Maia", "human"), ("Tom", "human"), ("Agent", "agent"))
]
MADE_UP = {"id", "at", "artifactId"}
"""What each language fills in for itself where it is missing."""
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PIECES = ["a", "b", "key ", "🙂", "é", "e\u0301", "\n", "\n\n", "# Why\n", "## 🙂 b\n", " ", "\t"]
PIECES += ["\u2028", "\r\n", "\x85", "\ufeff", "\x1c", "\uffff", "\U0001d4b3", "ß", "İ", "- x\n"]
PIECES += ["__proto__"]
IDS = ["one", "step-1", "step-2", "X-1", "10", "2"]
FILES = ["s.png", "S.png", "\u017f.png", "a.tar.gz", ".x", "İ.log", "x" * 199, "é" * 180 + ".md"]
FILES += ["2-s.png", "plan.json", "Plan.J\u017fon", "..", "a/b", "-x", "no\nname"]
EMOJI = ["👍", "1", "0", "__proto__", "❤️", "\uf8ff", "a", "a!", "a:b", "x" * 17]
OTHERS: list[Any] = [None, "", "7", 7, -1, 1.0, 1.5, 1e30, True, [], {}, ["x"], {"a": 1}, "\ud800"]
OTHERS += ["y" * 21_000, {"__proto__": {"type": "plan"}}, 2**53, "🙂" * 201]


class Author:
    """Makes operations from a seed, out of what one document says."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made = 0

    def operation(self, document: PlanDocument) -> dict[str, Any]:
        """The next one, on the wire."""
        name = self.rng.choice(NAMES)
        operation = {"op": name, **self._base(), **FIELDS[name](self, document)}
        return self._spoilt(operation) if self.rng.random() < 0.12 else operation

    def create(self) -> dict[str, Any]:
        """One that begins a plan."""
        steps = [self._step() for _ in range(self.rng.randrange(3))]
        fields = {"planId": "a-plan", "title": self.text(3) or "t", "content": self.text(20)}
        return {"op": "create_plan", **self._base(), **fields, "steps": steps}

    def foreign(self, document: PlanDocument) -> dict[str, Any]:
        """A command that writes what no operation writes: a peer may send anything."""
        self.made += 1
        writes = [self._write(document) for _ in range(self.rng.randrange(1, 4))]
        return {"do": "foreign", "writer": str(100 + self.made), "writes": writes}

    def _write(self, document: PlanDocument) -> list[Any]:
        if self.rng.random() < 0.1:
            return ["steps", "", self._value()]
        if self.rng.random() < 0.4:
            root = self.rng.choice(["plan", "identities", "receipts", "policy", "applied"])
            known = [*PLACES[root], *IDS, *(one["id"] for one in ACTORS)]
            return [root, self.rng.choice(known), self._value()]
        root = self.rng.choice(["artifacts", "annotations", "reviews", "revisions"])
        key = self.rng.choice([*document.raw.ids(root), self.rng.choice(IDS)])
        fields = {name: self._value() for name in self.rng.choices(PLACES[root], k=2)}
        stored = document.raw.record(root, key) or {}
        nested = [name for name, value in stored.items() if isinstance(value, dict)]
        if nested and self.rng.random() < 0.5:
            name = self.rng.choice(nested)
            fields[name] = self._spoilt(stored[name])
        return [root, key, _storable(fields)]

    def _value(self) -> Any:
        value = self.rng.choice([*OTHERS, *IDS, "approved", "human", "sha256:" + "ab" * 32])
        if self.rng.random() < 0.3:
            fact = {"by": "x", "at": 1, "op": "y", "id": "one", "author": "x", "content": "c"}
            value = {**fact, "timestamp": 1, "value": self.rng.choice(["resolved", 7])}
        return _storable(value)

    def _base(self) -> dict[str, Any]:
        base = {"id": self.ulid(), "actor": self.rng.choice(ACTORS), "at": self.rng.randrange(999)}
        if self.rng.random() < 0.02:
            base["id"] = "7" + "Z" * 25
        if self.rng.random() < 0.02:
            base["actor"] = {**base["actor"], "name": self.text(2) or "n"}
        return base

    def ulid(self) -> str:
        """A new one, sometimes not in the order of time."""
        self.made += 1
        tail = "".join(self.rng.choice(CROCKFORD) for _ in range(6))
        return f"01ARZ3NDEK{self.made + self.rng.randrange(3):010d}{tail}"

    def text(self, most: int) -> str:
        """Up to `most` pieces of text."""
        return "".join(self.rng.choices(PIECES, k=self.rng.randrange(most + 1)))

    def pick(self, *known: Any) -> str:
        """One of some ids, rarely one that is not there."""
        ids = [*known]
        return self.rng.choice(ids) if ids and self.rng.random() < 0.9 else self.rng.choice(IDS)

    def edited(self, text: str) -> str:
        """`text` with something cut out and something put in, once or twice."""
        for _ in range(self.rng.randrange(1, 3)):
            start = self.rng.randrange(len(text) + 1)
            end = min(len(text), start + self.rng.randrange(12))
            text = text[:start] + self.text(3) + text[end if self.rng.random() < 0.5 else start :]
        return text

    def _step(self) -> dict[str, Any]:
        step: dict[str, Any] = {"title": self.text(2) or "t"}
        if self.rng.random() < 0.4:
            step["id"] = self.rng.choice(IDS)
        if self.rng.random() < 0.4:
            step |= {"description": self.text(3), "criteria": [self.text(1) or "c"]}
        return step

    def _add_step(self, _: PlanDocument) -> dict[str, Any]:
        index = {"index": self.rng.randrange(4)} if self.rng.random() < 0.5 else {}
        return {"step": self._step(), **index}

    def _step_id(self, document: PlanDocument) -> str:
        return self.pick(*(one.id for one in document.steps))

    def _update_step(self, document: PlanDocument) -> dict[str, Any]:
        fields = {"title": self.text(2) or "t", "description": self.text(2), "criteria": ["c"]}
        fields["status"] = self.rng.choice(["todo", "done", "blocked"])
        kept = {name: one for name, one in fields.items() if self.rng.random() < 0.5}
        return {"stepId": self._step_id(document), **kept}

    def _edit_content(self, document: PlanDocument) -> dict[str, Any]:
        base = document.content
        if self.rng.random() < 0.4:
            base = self.edited(base)
        return {"base": base, "content": self.edited(base)}

    def _add_artifact(self, document: PlanDocument) -> dict[str, Any]:
        sha = hashlib.sha256(bytes([self.rng.randrange(4)])).hexdigest()
        fields = {"type": "log", "name": "n", "file": self.rng.choice(FILES), "size": 3}
        fields |= {"hash": f"sha256:{sha}", "mediaType": "text/plain"}
        fields["artifactId"] = self.ulid() if self.rng.random() < 0.7 else self.rng.choice(IDS)
        if self.rng.random() < 0.3:
            fields["stepId"] = self._step_id(document)
        return fields

    def _artifact_id(self, document: PlanDocument) -> str:
        return self.pick(*document.artifacts)

    def target(self, document: PlanDocument) -> dict[str, Any]:
        """What an annotation is about."""
        kind = self.rng.choice(["plan", "step", "artifact", "text", "text", "text"])
        if kind == "step":
            return {"type": kind, "stepId": self._step_id(document)}
        if kind == "artifact":
            return {"type": kind, "artifactId": self._artifact_id(document)}
        return self._text_target(document.content) if kind == "text" else {"type": kind}

    def _text_target(self, content: str) -> dict[str, Any]:
        start = self.rng.randrange(len(content) + 1)
        end = start + self.rng.randrange(1, 9)
        quote: dict[str, Any] = {"exact": content[start:end] or self.text(2) or "x"}
        if self.rng.random() < 0.5:
            quote |= {
                "prefix": content[max(0, start - 5) : start],
                "suffix": content[end : end + 5],
            }
        target = {"type": "text", "quote": quote}
        if self.rng.random() < 0.5:
            target["position"] = {"start": start, "end": end}
        if self.rng.random() < 0.3:
            target["block"] = self.rng.choice(["Why", "🙂 b", ""])
        return target

    def _annotate(self, document: PlanDocument) -> dict[str, Any]:
        fields = {"type": self.rng.choice(["question", "concern"]), "content": self.text(3) or "c"}
        if self.rng.random() < 0.2:
            fields["annotationId"] = self.rng.choice([*IDS, self.ulid()])
        return {**fields, "target": self.target(document)}

    def _annotation_id(self, document: PlanDocument) -> str:
        return self.pick(*document.raw.ids("annotations"))

    def _on_annotation(self, document: PlanDocument, **more: Any) -> dict[str, Any]:
        return {"annotationId": self._annotation_id(document), **more}

    def _edit(self, document: PlanDocument) -> dict[str, Any]:
        key = self._annotation_id(document)
        found = document.find_annotation(key)
        fields: dict[str, Any] = {"annotationId": key, "content": self.text(3) or "c"}
        if found and found.replies and self.rng.random() < 0.5:
            fields["replyId"] = self.rng.choice(found.replies).id
        author = found and next((one for one in ACTORS if one["id"] == found.author), None)
        return {**fields, "actor": author} if author and self.rng.random() < 0.7 else fields

    def _withdraw(self, document: PlanDocument) -> dict[str, Any]:
        fields = self._edit(document)
        return {name: fields[name] for name in ("annotationId", "actor") if name in fields}

    def _submit(self, document: PlanDocument) -> dict[str, Any]:
        now = document.revision
        known = [one.id for one in document.revisions]
        latest = now and self.rng.random() < 0.8
        revision = now.id if now and latest else self.pick(*known)
        digest = now.digest if now else document.digest
        verdict = self.rng.choice(["approved", "approved", "changes_requested", "commented"])
        return {"revision": revision, "digest": digest, "verdict": verdict}

    def _acknowledge(self, document: PlanDocument) -> dict[str, Any]:
        items = [self._annotation_id(document), self.pick(*document.reviews)]
        found = document.find_annotation(items[0])
        items += [f"{items[0]}/{one.id}" for one in (found.replies if found else [])]
        return {"items": items, "state": self.rng.choice(["received", "read"])}

    def _spoilt(self, operation: dict[str, Any]) -> dict[str, Any]:
        """One field, perhaps a nested one, is something else, or is missing."""
        spoilt = {**operation}
        name = self.rng.choice([*spoilt, "unknown"])
        if isinstance(spoilt.get(name), dict) and spoilt[name] and self.rng.random() < 0.7:
            spoilt[name] = self._spoilt(spoilt[name])
        elif self.rng.random() < 0.2 and name not in MADE_UP:
            spoilt.pop(name, None)
        else:
            spoilt[name] = self.rng.choice(OTHERS)
        return spoilt


def _storable(value: Any) -> Any:
    """What Loro can hold, the same from both languages: no half characters, and no 1.0, which
    JavaScript does not tell from 1.
    """
    return json.loads(json.dumps(value).replace("\\ud800", "?").replace("1.0", "2.5"))


PLACES = {
    "plan": ["id", "title", "pr", "branch", "repo", "owner", "created", "schema"],
    "identities": ["10", "x"],
    "receipts": ["read:one", "received:", "read:one/one", "other:one", "one"],
    "policy": ["approvals", "excludeAuthor", "other"],
    "applied": ["one"],
    "artifacts": ["id", "type", "file", "hash", "name", "stepId", "withdrawn", "url", "size"],
    "annotations": ["id", "author", "type", "content", "target", "state", "edited", "anchor",
                    "withdrawn", "disposition", "reply:one", "react:1:x", "react:🙂:y", "stepId",
                    "replies", "react:x", "__proto__"],
    "reviews": ["id", "verdict", "timestamp", "revision", "digest", "author", "receipt"],
    "revisions": ["id", "number", "digest", "author", "timestamp"],
}  # fmt: skip


FIELDS: dict[str, Callable[[Author, PlanDocument], dict[str, Any]]] = {
    "create_plan": lambda author, _: {"planId": "b-plan", "title": author.text(2)},
    "edit_content": Author._edit_content,
    "edit_title": lambda author, _: {"title": author.text(3)},
    "add_step": Author._add_step,
    "update_step": Author._update_step,
    "move_step": lambda author, plan: {
        "stepId": author._step_id(plan),
        "index": author.rng.randrange(4),
    },
    "remove_step": lambda author, plan: {"stepId": author._step_id(plan)},
    "add_artifact": Author._add_artifact,
    "withdraw_artifact": lambda author, plan: {"artifactId": author._artifact_id(plan)},
    "annotate": Author._annotate,
    "reply": lambda author, plan: author._on_annotation(plan, content=author.text(3)),
    "edit": Author._edit,
    "withdraw": Author._withdraw,
    "reanchor": lambda author, plan: author._on_annotation(plan, target=author.target(plan)),
    "resolve": Author._on_annotation,
    "reopen": Author._on_annotation,
    "set_disposition": lambda author, plan: author._on_annotation(
        plan, disposition=author.rng.choice(["applied", "declined"])
    ),
    "react": lambda author, plan: author._on_annotation(
        plan, emoji=author.rng.choice(EMOJI), on=author.rng.random() < 0.8
    ),
    "request_review": lambda author, _: {"note": author.text(2)},
    "submit_review": Author._submit,
    "withdraw_review": lambda author, plan: {"reviewId": author.pick(*plan.reviews)},
    "link_pull_request": lambda author, _: {"pr": author.rng.randrange(4)},
    "set_policy": lambda author, _: {"approvals": author.rng.randrange(3), "excludeAuthor": False},
    "acknowledge": Author._acknowledge,
    "revoke_invitation": lambda author, _: {
        "invitation": "did:key:z6Mk" + author.rng.choice("AB") * 44,
        "reason": author.text(1),
    },
}
OFTEN = ["edit_content", "annotate"] * 6 + ["request_review", "submit_review"] * 2
NAMES = [*FIELDS, *OFTEN]
