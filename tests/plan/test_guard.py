from __future__ import annotations

from pathlib import Path

import pytest

from peerplan_jupyter.errors import DocumentError
from peerplan_jupyter.plan.guard import PanicError, guarded, trial_import

HOSTILE = Path(__file__).parents[3] / "shared" / "fixtures" / "loro_update_that_aborts.bin"


class PanicException(BaseException):
    """As pyo3 raises it."""


def test_what_loro_raises_becomes_an_error_that_says_what_failed(plan):
    with pytest.raises(DocumentError, match="Importing"), guarded("Importing"):
        plan.doc.import_(b"nonsense")


def test_a_panic_is_told_from_an_error():
    with pytest.raises(PanicError), guarded("Reading"):
        raise PanicException("poisoned")


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit, ValueError])
def test_what_is_not_loros_passes_unchanged(signal):
    with pytest.raises(signal), guarded("Reading"):
        raise signal


def test_a_sound_document_passes_its_trial(plan):
    trial_import(plan.updates_since())


def test_a_damaged_document_fails_its_trial(plan):
    blob = bytearray(plan.updates_since())
    blob[60] ^= 0xFF
    with pytest.raises(DocumentError, match="damaged or hostile"):
        trial_import(bytes(blob))


@pytest.mark.skipif(not HOSTILE.exists(), reason="the hostile sample is kept outside the project")
def test_a_document_that_would_end_the_process_ends_only_its_trial():
    with pytest.raises(DocumentError, match="damaged or hostile"):
        trial_import(HOSTILE.read_bytes())
