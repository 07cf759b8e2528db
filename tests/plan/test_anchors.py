from __future__ import annotations

import json
from pathlib import Path

import pytest

from peerplan_jupyter.plan.anchors import _Edits

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "anchor_shifts.json").read_text())


@pytest.mark.parametrize("case", VECTORS)
def test_anchors_move_as_the_shared_vectors_say(case):
    edits = _Edits(case["delta"])
    touched = edits.touches(*case["anchor"])
    assert (None if touched else list(edits.move(*case["anchor"]))) == case["moved"]
