"""Random operations on documents of both languages, which must say the same all the way."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from ..support.random_operations import Author
from ..support.replicas import Answer, NodeReplicas, Replicas, bundle_runner

SEQUENCES, LENGTH = int(os.environ.get("PEERPLAN_SEQUENCES", "12")), 30
PEERS = ("1", "2", "3")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeReplicas]:
    replicas = NodeReplicas(bundle_runner(tmp_path_factory.mktemp("node")))
    yield replicas
    replicas.close()


class Pair:
    """The same documents here and in Node. What is told to both is answered alike by both."""

    def __init__(self, node: NodeReplicas) -> None:
        node.reset()
        self.here, self.there = Replicas(), node

    def run(self, **command: Any) -> Answer:
        """The answer, with the `updates` of both languages, which may differ in bytes."""
        ours, theirs = self.here.run(command), self.there.run(command)
        updates = [one.pop("update", None) for one in (ours, theirs)]
        assert theirs == _json(ours), f"after {command}"
        return {**ours, "updates": updates}

    def give(self, updates: list[str], other: str, rng: random.Random) -> None:
        """Import in both what one or the other of them exported."""
        ours, theirs = updates if rng.random() < 0.5 else reversed(updates)
        here = self.here.run({"do": "import", "peer": other, "update": ours})
        there = self.there.run({"do": "import", "peer": other, "update": theirs})
        assert there == _json(here), f"after an import at {other}"

    def exchange(self, one: str, other: str, rng: random.Random) -> None:
        """Give `other` what `one` has."""
        self.give(self.run(do="export", peer=one)["updates"], other, rng)


def _json(answer: Answer) -> Any:
    return json.loads(json.dumps(answer))


def play(pair: Pair, seed: int, foreign: float) -> None:
    """Some peers that write, and meet now and then; `foreign` is how often others write as well."""
    rng = random.Random(seed)
    author = Author(rng)
    peers = PEERS[: rng.randrange(1, 4)]
    for peer in peers:
        pair.run(do="open", peer=peer)
    pair.run(do="apply", peer=peers[0], operation=author.create())
    for peer in peers[1:]:
        if rng.random() < 0.9:
            pair.exchange(peers[0], peer, rng)
    for _ in range(LENGTH):
        peer = rng.choice(peers)
        document = pair.here.documents[peer]
        if rng.random() < foreign:
            pair.run(peer=peer, **author.foreign(document))
        elif len(peers) > 1 and rng.random() < 0.2:
            pair.exchange(peer, rng.choice([one for one in peers if one != peer]), rng)
        else:
            pair.run(do="apply", peer=peer, operation=author.operation(document))
        if rng.random() < 0.25:
            pair.run(do="plan", peer=peer)
    meet(pair, peers, rng)


def meet(pair: Pair, peers: tuple[str, ...], rng: random.Random) -> None:
    """Everybody hears everything and says the same; a plan restored from that says it too."""
    for one in [*peers, *peers]:
        for other in peers:
            if one != other:
                pair.exchange(one, other, rng)
    told = [pair.run(do="plan", peer=peer) for peer in peers]
    assert all(one == told[0] for one in told)
    if "plan" not in told[0]:
        return
    restored = pair.run(do="restore", plan=json.loads(told[0]["plan"]))
    pair.run(do="open", peer="4")
    pair.give(restored["updates"], "4", rng)
    pair.run(do="plan", peer="4")


@pytest.mark.parametrize("foreign", [0, 0.2])
@pytest.mark.parametrize("part", [0, 1])
def test_the_same_operations_make_the_same_plan_in_both_languages(node, part, foreign):
    for seed in range(part * SEQUENCES, (part + 1) * SEQUENCES):
        try:
            play(Pair(node), seed, foreign)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}")
