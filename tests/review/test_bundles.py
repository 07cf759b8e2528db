from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peerplan_jupyter.errors import ForbiddenError, InvalidInputError, NotFoundError
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.review.bundles import import_bundles, read_bundle
from peerplan_jupyter.sync.keys import b64u, canonical, did_of
from peerplan_jupyter.sync.own import OwnWriting

PLAN = "sessions"
COMMENT = {"op": "annotate", "type": "question", "content": "Why?", "target": {"type": "plan"}}


@pytest.fixture
def plan(workspace):
    """A plan by an agent in the workspace; its document as others have it."""
    agent = workspace.actor("agent", "builder")
    made = CreatePlan(actor=agent, plan_id=PLAN, title="Sessions", content="# Why\n")
    workspace.run(workspace.create(made))
    return workspace.peer.call(lambda plans: plans.get(PLAN).updates_since())


class Rita:
    """A reviewer with a page of her own."""

    def __init__(self, plan, name="Rita"):
        self.key = Ed25519PrivateKey.generate()
        self.actor = Actor(id=did_of(self.key), name=name, kind="human")
        self.document = PlanDocument.load([plan])
        self.base = self.document.version()

    def does(self, *operations, who=None):
        for one in operations:
            self.document.apply(parse_operation(one, who or self.actor))
        return self

    def told(self, **more):
        update = self.document.updates_since(self.base)
        told = {
            "peerplan": "bundle", "v": 1, "plan": PLAN, "title": "Sessions", "repository": "",
            "pr": None, "base": base64.b64encode(self.base).decode(),
            "updates": [base64.b64encode(update).decode()],
            "identity": self.actor.to_wire(), "made": 1,
        }  # fmt: skip
        return told | more

    def own_file(self):
        parts = OwnWriting(self.actor.id).parts_since(self.document, self.base)
        return self.file(updates=[base64.b64encode(one).decode() for one in parts])

    def file(self, **more):
        told = self.told(**more)
        signed = b"peerplan bundle v1\0" + canonical(told)
        return json.dumps({**told, "sig": b64u(self.key.sign(signed))}).encode()


def taken(workspace, *data):
    bundles = list(map(read_bundle, data))
    return workspace.peer.call(lambda plans: import_bundles(plans, bundles))


def comments(workspace):
    return workspace.peer.call(lambda plans: [one.content for one in plans.get(PLAN).annotations()])


def test_what_a_reviewer_saved_comes_into_the_plan_and_only_once(workspace, plan):
    rita = Rita(plan).does(COMMENT)
    [done] = taken(workspace, rita.file())
    assert (done.annotations, done.reviews, done.changed) == (1, 0, True)
    assert comments(workspace) == ["Why?"]
    [again] = taken(workspace, rita.file())
    assert not again.changed


def test_a_file_that_was_changed_after_it_was_signed_is_refused(workspace, plan):
    rita = Rita(plan).does(COMMENT)
    told = json.loads(rita.file())
    for change in ({"plan": "other"}, {"identity": {**told["identity"], "name": "Olga"}}):
        with pytest.raises(ForbiddenError, match="changed after it was saved"):
            read_bundle(json.dumps(told | change).encode())


def test_a_reviewer_cannot_bring_what_only_others_may_write(workspace, plan):
    rita = Rita(plan)
    edit = {"op": "edit_content", "base": "# Why\n", "content": "# Mine\n"}
    with pytest.raises(ForbiddenError, match="what its author may not"):
        taken(workspace, rita.does(COMMENT, edit).file())
    assert comments(workspace) == []


def test_nobody_can_bring_words_in_the_name_of_another(workspace, plan):
    other = Actor(id=did_of(Ed25519PrivateKey.generate()), name="Olga", kind="human")
    rita = Rita(plan).does(COMMENT, who=other)
    with pytest.raises(ForbiddenError, match="what its author may not"):
        taken(workspace, rita.file())


def test_a_review_of_a_plan_or_a_state_that_is_not_here_says_how_to_get_it(workspace, plan):
    rita = Rita(plan).does(COMMENT)
    with pytest.raises(NotFoundError) as unknown:
        taken(workspace, rita.file(plan="elsewhere", repository="https://github.com/a/b"))
    assert "peerplan open https://github.com/a/b" in unknown.value.hint
    rita.base = rita.document.version()
    reply = rita.document.annotations()[0].id
    later = rita.does({"op": "reply", "annotationId": reply, "content": "And?"})
    with pytest.raises(NotFoundError, match="newer state"):
        taken(workspace, later.file())


def test_what_two_answered_each_other_comes_with_both_files_or_not_at_all(workspace, plan):
    rita, tom = Rita(plan), Rita(plan, "Tom")
    for _ in range(3):
        for one, other in ((rita, tom), (tom, rita)):
            one.does(COMMENT)
            other.document.import_updates(one.document.updates_since(other.document.version()))
    for alone in (rita, tom):
        with pytest.raises(NotFoundError, match="newer state") as early:
            taken(workspace, alone.own_file())
        assert "peerplan import FILE FILE" in early.value.hint
    assert comments(workspace) == []
    done = taken(workspace, tom.own_file(), rita.own_file())
    assert [(one.reviewer.name, one.annotations) for one in done] == [("Tom", 3), ("Rita", 3)]
    assert len(comments(workspace)) == 6


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"peerplan": "bundle"}', b"\xff\xfe"])
def test_what_is_no_bundle_is_refused(data):
    with pytest.raises(InvalidInputError, match="not a review"):
        read_bundle(data)
