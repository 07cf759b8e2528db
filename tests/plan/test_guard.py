from __future__ import annotations

import pytest

from peerplan_jupyter.errors import DocumentError
from peerplan_jupyter.plan.guard import PanicError, guarded


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
