"""Documents under fixed Loro peer ids, told what to do in plain JSON.

`Replicas` carries the commands out here, `NodeReplicas` in a Node process that has the browser's
documents (`js/tests/support/replicas.ts`); both give the same answers.
"""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import loro

from peerplan_jupyter.errors import InvalidInputError, PeerPlanError
from peerplan_jupyter.plan.containers import COLLECTIONS, Containers
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.guard import new_document, no_version
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.plan.restoring import restore
from peerplan_jupyter.plan.schema import PlanFile
from peerplan_jupyter.review.publishing import plan_json

from .node import node_commands

JS = Path(__file__).parents[2] / "js"
Answer = dict[str, Any]


class Replicas:
    """The documents of this process."""

    def __init__(self) -> None:
        self.documents: dict[str, PlanDocument] = {}

    def run(self, command: dict[str, Any]) -> Answer:
        """`{"error": code}` for what was refused."""
        fields = {key: value for key, value in command.items() if key != "do"}
        try:
            answer: Answer = getattr(self, f"_{command['do']}")(**fields)
        except PeerPlanError as error:
            return {"error": error.code}
        return answer

    def _open(self, peer: str) -> Answer:
        doc = new_document()
        doc.peer_id = int(peer)
        self.documents[peer] = PlanDocument(doc)
        return {}

    def _apply(self, peer: str, operation: dict[str, Any]) -> Answer:
        done = self.documents[peer].apply(parse_operation(operation))
        return {"change": done.change.to_wire(), "update": _text(done.update)}

    def _foreign(self, peer: str, writer: str, writes: list[list[Any]]) -> Answer:
        """What another peer wrote without any operation: `[root, key, fields or value]` each."""
        doc = new_document()
        doc.peer_id = int(writer)
        doc.import_(self.documents[peer].updates_since())
        raw = Containers(doc)
        for root, key, value in writes:
            if root == "steps":
                doc.get_movable_list("steps").insert(0, value)
            else:
                (raw.write if root in COLLECTIONS else raw.put)(root, key, value)
        update = doc.export(loro.ExportMode.Updates(no_version()))
        return self._import(peer, _text(update))

    def _export(self, peer: str, since: str = "") -> Answer:
        return {"update": _text(self.documents[peer].updates_since(base64.b64decode(since)))}

    def _import(self, peer: str, update: str) -> Answer:
        change = self.documents[peer].import_updates(base64.b64decode(update))
        return {"change": change.to_wire() if change else None}

    def _plan(self, peer: str) -> Answer:
        document = self.documents[peer]
        return {"plan": plan_json(document.plan()).decode(), "version": _counters(document)}

    def _restore(self, plan: Any) -> Answer:
        try:
            return {"update": _text(restore(PlanFile.model_validate(plan).plan))}
        except ValueError as error:
            raise InvalidInputError(str(error)[:80]) from None


class NodeReplicas:
    """The documents of a Node process, which ends with `close`."""

    def __init__(self, bundle: Path) -> None:
        node, _ = node_commands()
        wasm = JS / "node_modules/loro-crdt/web/loro_wasm_bg.wasm"
        self._process = subprocess.Popen(
            [*node, str(bundle), str(wasm)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, command: dict[str, Any]) -> Answer:
        """As `Replicas.run`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"Node ended while it carried out {command}"
        answer: Answer = json.loads(line)
        return answer

    def reset(self) -> None:
        """Forget all documents."""
        self.run({"do": "reset"})

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=10)


def bundle_runner(folder: Path) -> Path:
    """The Node process's program in one file; makes what it is generated from."""
    node, npm = node_commands()
    if not (JS / "node_modules" / "loro-crdt").exists():
        _run([*npm, "ci", "--no-audit", "--no-fund"])
    _run([*node, "build/types.mjs"])
    target = folder / "document_runner.mjs"
    bundle = "tests/support/bundle.mjs"
    _run([*node, bundle, "tests/support/document_runner.ts", str(target)])
    return target


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=JS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _counters(document: PlanDocument) -> dict[str, int]:
    """How many operations of each peer are known: the bytes have them in no order."""
    spans = document.doc.oplog_vv.to_spans().inner()
    return {str(peer): end for peer, (_, end) in spans.items()}


def _text(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
