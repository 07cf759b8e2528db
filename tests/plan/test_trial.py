from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import loro
import pytest

from peerplan_jupyter.errors import DocumentError
from peerplan_jupyter.plan.guard import is_updates
from peerplan_jupyter.plan.trial import trial_import

from ..sync.test_gate import nested


@pytest.fixture
def aborting_update() -> bytes:
    return (Path(__file__).parents[1] / "support" / "update_that_aborts_loro.bin").read_bytes()


def updates(depth: int = 0) -> bytes:
    document = loro.LoroDoc()
    value: object = "x"
    for _ in range(depth):
        value = [value]
    document.get_map("map").insert("key", value)
    document.commit()
    return document.export(loro.ExportMode.Updates(loro.VersionVector()))


def test_a_good_update_passes() -> None:
    trial_import(updates())
    trial_import(updates(), base=updates())
    trial_import(updates(depth=100))


@pytest.mark.parametrize("levels", [30_000, 300_000])
def test_a_value_of_very_many_levels_is_a_clean_error_when_tried(levels: int) -> None:
    """To read it exhausts the stack of the process that does."""
    with pytest.raises(DocumentError, match="when it was tried"):
        trial_import(nested(levels))


def test_a_damaged_update_is_refused() -> None:
    blob = bytearray(updates())
    blob[-1] ^= 1
    with pytest.raises(DocumentError, match="exit code 1"):
        trial_import(bytes(blob))


def test_the_update_that_aborts_loro_still_does(aborting_update: bytes) -> None:
    """When this fails, Loro was mended, and trials are needed less."""
    assert is_updates(aborting_update)
    program = "import sys, loro; loro.LoroDoc().import_(sys.stdin.buffer.read())"
    done = subprocess.run(
        [sys.executable, "-c", program], input=aborting_update, capture_output=True, check=False
    )
    assert done.returncode < 0


def test_the_update_that_aborts_loro_is_a_clean_error_when_tried(aborting_update: bytes) -> None:
    with pytest.raises(DocumentError, match="when it was tried"):
        trial_import(aborting_update)


def test_a_trial_that_takes_too_long_is_a_clean_error() -> None:
    with pytest.raises(DocumentError, match="took more than"):
        trial_import(updates(), timeout=0.0001)
