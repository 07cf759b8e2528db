"""The vectors of operations: what to do in `NAME.json`, what comes of it in `NAME.plan.json`.

Written by hand; `python -m tests.vectors` writes what comes of them anew, by Python.

A vector has commands of `Replicas` and two more: `give` exports from one replica and imports at
another, and `digest` names the digest of the current revision, for what comes after. An `error` at
a command is the code it is refused with. In values, a string that begins with `$` stands for what
has that name, `{"$repeat": [text, times], "before"?, "after"?}` for a long text, and an actor may
be given by name. In the end everybody hears everything, and has to say the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..support.replicas import NodeReplicas, Replicas

FOLDER = Path(__file__).parent / "operations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if path.suffixes == [".json"])


class Player:
    """Plays one vector on replicas of either language."""

    def __init__(self, name: str, replicas: Replicas | NodeReplicas) -> None:
        vector = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        self._commands: list[dict[str, Any]] = vector["commands"]
        self._actors: dict[str, Any] = vector["actors"]
        self._named: dict[str, str] = {}
        self._replicas = replicas

    def play(self) -> str:
        """The `plan.json` in the end; `AssertionError` where a command goes another way."""
        for command in self._commands:
            told = {key: one for key, one in command.items() if key != "error"}
            answer = self._run(self._resolved(told))
            assert answer.get("error") == command.get("error"), command
        return self._meet()

    def _run(self, command: dict[str, Any]) -> dict[str, Any]:
        if command["do"] == "give":
            return self._give(command["from"], command["to"])
        if command["do"] == "digest":
            plan = json.loads(self._plan(command["peer"]))["plan"]
            self._named[command["as"]] = plan["revisions"][-1]["digest"]
            return {}
        return self._replicas.run(command)

    def _give(self, one: str, other: str) -> dict[str, Any]:
        update = self._replicas.run({"do": "export", "peer": one})["update"]
        return self._replicas.run({"do": "import", "peer": other, "update": update})

    def _plan(self, peer: str) -> str:
        plan: str = self._replicas.run({"do": "plan", "peer": peer})["plan"]
        return plan

    def _meet(self) -> str:
        peers = [one["peer"] for one in self._commands if one["do"] == "open"]
        for one in [*peers, *peers]:
            for other in peers:
                self._give(one, other)
        plans = {self._plan(peer) for peer in peers}
        assert len(plans) == 1
        return plans.pop()

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._named[value[1:]] if value.startswith("$") else value
        if isinstance(value, list):
            return [self._resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$repeat" in value:
            text, times = value["$repeat"]
            return value.get("before", "") + text * times + value.get("after", "")
        made = {key: self._resolved(one) for key, one in value.items()}
        if made.get("actor") in [*self._actors]:
            made["actor"] = self._actors[made["actor"]]
        return made


def expected(name: str) -> Path:
    """Where the plan that comes of a vector is written."""
    return FOLDER / f"{name}.plan.json"


def write() -> None:
    """Write what comes of all vectors."""
    for name in NAMES:
        expected(name).write_bytes(Player(name, Replicas()).play().encode())
