from __future__ import annotations

import pytest

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError

from .conftest import AGENT, MAIA, TOM

INVITATION = "did:key:z6MkqxYptjtoFeUxK79DWdirG6LXEdtJLz3oPZ2GtwBXcNiq"


def test_a_revoked_invitation_stays_revoked_as_it_was_first(plan, do, copy):
    other = copy(plan)
    do(MAIA, "revoke_invitation", invitation=INVITATION, reason="It was posted in public.")
    do(TOM, "revoke_invitation", invitation=INVITATION)
    other.import_updates(plan.updates_since(other.version()))
    fact = other.raw.value("revocations", INVITATION)
    assert (fact["by"], fact["reason"]) == (MAIA.id, "It was posted in public.")
    assert other.plan() == plan.plan()


def test_an_agent_revokes_nothing(plan, do):
    with pytest.raises(ForbiddenError, match="take an invitation back"):
        do(AGENT, "revoke_invitation", invitation=INVITATION)


def test_only_an_invitation_can_be_revoked(do):
    with pytest.raises(InvalidInputError, match="invitation"):
        do(MAIA, "revoke_invitation", invitation=MAIA.id)
