from __future__ import annotations

from peerplan_jupyter.coordination.server.schemas import FILE, text


def test_the_committed_schema_is_that_of_the_models():
    assert FILE.read_text("utf-8") == text()
