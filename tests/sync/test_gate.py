from __future__ import annotations

import asyncio
import base64
import json
import random
from pathlib import Path

import loro
import pytest

from peerplan_jupyter.errors import DocumentError, PeerPlanError, TooLargeError
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.guard import new_document
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync import gate_copy
from peerplan_jupyter.sync.gate import Gate
from peerplan_jupyter.sync.gate_copy import GateCopy
from peerplan_jupyter.sync.refusals import EarlyError, LethalError, OversteppedError

from ..vectors import gates
from ..vectors.__main__ import FOLDER
from ..vectors.gates import FRESH, RITA, annotate, changed, field, put

VECTORS = json.loads((FOLDER / "gate.json").read_text("utf-8"))
ABORTS = Path(__file__).parents[1] / "support" / "update_that_aborts_loro.bin"
"""An update with a valid checksum, of which Loro 1.17.1 aborts its process."""


@pytest.fixture(params=["fork", "no fork"])
def make_gate(request):
    """A gate before a document; its process ends with the test."""
    copies = []

    def make(document, role="reviewer", who=RITA):
        copies.append(GateCopy(lambda: document, fork=request.param == "fork"))
        return Gate(role, who, copies[-1])

    yield make
    for copy in copies:
        copy.close()


@pytest.fixture
def plan():
    return PlanDocument.load([base64.b64decode(VECTORS["base"])])


def outcome(gate, update):
    try:
        gate.check(update)
    except OversteppedError:
        return "overstepped"
    except EarlyError:
        return "early"
    except PeerPlanError:
        return "refused"
    return "ok"


@pytest.fixture(scope="module")
def copy_of_base():
    """One copy for all cases, none of which may leave a trace in it."""
    document = PlanDocument.load([base64.b64decode(VECTORS["base"])])
    copy = GateCopy(lambda: document)
    yield copy
    copy.close()


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[one["name"] for one in VECTORS["cases"]])
def test_members_may_do_what_the_vectors_say(copy_of_base, case):
    gate = Gate(case["role"], Actor(**case["who"]), copy_of_base)
    assert outcome(gate, base64.b64decode(case["update"])) == case["verdict"]


def test_the_first_thing_that_is_not_allowed_is_named(make_gate, plan):
    told = gates.both(put("extra", "key", 1), put("policy", "approvals", 1))
    with pytest.raises(OversteppedError, match="extra:Map key"):
        make_gate(plan).check(changed(plan, told))


def test_a_write_that_loses_leaves_nothing_to_see_and_is_refused_all_the_same(make_gate, plan):
    update = changed(PlanDocument(new_document()), put("policy", "approvals", 1), peer=8)
    other = PlanDocument.load([plan.updates_since()])
    before = other.policy
    other.import_updates(update)
    assert other.policy == before
    assert outcome(make_gate(plan), update) == "overstepped"


def test_what_was_allowed_is_context_for_what_follows(make_gate, plan):
    gate, guest = make_gate(plan), PlanDocument.load([plan.updates_since()])
    for one in (
        annotate(RITA, FRESH),
        gates.operation(RITA, "edit", gates.ulid(8), annotationId=FRESH, content="New."),
        gates.operation(RITA, "reply", gates.ulid(9), annotationId=FRESH, content="And."),
    ):
        update = guest.apply(one).update
        gate.check(update)
        plan.import_updates(update)
    assert plan.annotation(FRESH).replies[0].content == "And."


def test_what_came_too_early_is_judged_when_it_comes_again(make_gate, plan):
    gate, guest = make_gate(plan), PlanDocument.load([plan.updates_since()])
    first = guest.apply(annotate(RITA, FRESH)).update
    guest.raw.put("policy", "approvals", 1)
    guest.doc.commit()
    bad = guest.updates_since(PlanDocument.load([plan.updates_since(), first]).version())
    assert outcome(gate, bad) == "early"
    gate.check(first)
    plan.import_updates(first)
    assert outcome(gate, bad) == "overstepped"
    assert outcome(gate, bad) == "overstepped"


def test_a_refused_change_is_no_context_for_anybody(make_gate, plan):
    gate = make_gate(plan)
    stolen = {"id": FRESH, "author": RITA.id, "type": "question", "content": "?", "timestamp": 1}
    bad = gates.both(field("annotations", FRESH, **stolen), put("policy", "approvals", 1))
    assert outcome(gate, changed(plan, bad)) == "overstepped"
    tom = Gate("reviewer", gates.TOM, gate._copy)
    assert outcome(tom, changed(plan, lambda it: it.apply(annotate(gates.TOM, FRESH)))) == "ok"


def test_an_update_before_the_plan_itself_is_early(make_gate, plan):
    update = changed(plan, lambda document: document.apply(annotate(RITA, FRESH)))
    assert outcome(make_gate(None), update) == "early"


@pytest.mark.parametrize("role", ["reviewer", "owner"])
def test_bytes_that_abort_loro_end_only_the_process_that_tries_them(make_gate, plan, role):
    gate = make_gate(plan, role)
    with pytest.raises(DocumentError, match="ended"):
        gate.check(ABORTS.read_bytes())
    assert outcome(gate, base64.b64decode(VECTORS["cases"][0]["update"])) == "ok"


def test_an_owners_bytes_that_abort_loro_are_told_from_bytes_that_it_refuses(make_gate, plan):
    gate = make_gate(plan, "owner")
    with pytest.raises(LethalError):
        gate.check(ABORTS.read_bytes())
    spoiled = bytearray(base64.b64decode(VECTORS["cases"][0]["update"]))
    spoiled[-1] ^= 1
    with pytest.raises(DocumentError) as refused:
        gate.check(bytes(spoiled))
    assert not isinstance(refused.value, LethalError)


def test_an_owners_bytes_on_which_loro_panics_are_refused(make_gate, plan):
    doc = new_document()
    doc.get_map("spoiled").insert("key", 1)
    doc.commit()
    blob = bytes(doc.export(loro.ExportMode.Updates(loro.VersionVector())))
    gate = make_gate(plan, "owner")
    assert outcome(gate, sealed(blob.replace(b"spoiled", b"spoi/ed"))) == "refused"
    assert outcome(gate, base64.b64decode(VECTORS["cases"][0]["update"])) == "ok"


def test_an_owner_may_write_what_is_too_much_for_a_reviewer(make_gate, plan):
    update = changed(plan, put("extra", "key", "x" * (gate_copy.MAX_UPDATE + 1)))
    make_gate(plan, "owner").check(update)


def test_a_plan_that_comes_at_once_from_an_owner_is_followed_by_changes(make_gate, plan):
    document = PlanDocument()
    gate, owner = make_gate(document, "owner"), PlanDocument.load([plan.updates_since()])
    update = plan.updates_since()
    for number in range(5):
        gate.check(update)
        document.import_updates(update)
        retitled = gates.operation(RITA, "edit_title", gates.ulid(20 + number), title=f"T{number}")
        update = owner.apply(retitled).update
    assert document.title == "T3"


def test_what_an_owner_sends_too_early_leaves_nothing_in_the_copy(make_gate, plan):
    gate, owner = make_gate(plan, "owner"), PlanDocument.load([plan.updates_since()])
    first = owner.apply(annotate(RITA, FRESH)).update
    reply = gates.operation(RITA, "reply", gates.ulid(9), annotationId=FRESH, content="And.")
    second = owner.apply(reply).update
    assert [outcome(gate, one) for one in (second, first, second)] == ["early", "ok", "early"]
    plan.import_updates(first)
    assert outcome(gate, second) == "ok"


def test_a_text_that_would_keep_loro_busy_for_long_is_refused(copy_of_base):
    """Loro needs the square of a text's length, if there is any other change beside it."""
    other = PlanDocument.load([base64.b64decode(VECTORS["base"])])
    written = "x" * 1_500_000
    text = changed(other, lambda document: document.doc.get_text("content").insert(0, written))
    gate = Gate("owner", RITA, copy_of_base)
    copy_of_base.document().raw.put("extra", "key", 1)
    copy_of_base.document().doc.commit()
    with pytest.raises(LethalError):
        gate.check(text)


def nested(levels):
    """An update with a value of many levels, made without making the value."""
    doc = loro.LoroDoc()
    doc.peer_id = 9
    doc.get_map("annotations").insert("k", [["x"]])
    doc.commit()
    blob = bytes(doc.export(loro.ExportMode.Updates(loro.VersionVector())))
    shallow = b"\x07\x01\x07\x01\x05\x01x"
    at = blob.index(shallow)
    assert blob[at - 1] == len(shallow)
    values = b"\x07\x01" * levels + b"\x05\x01x"
    block = blob[23 : at - 1] + leb(len(values)) + values
    return sealed(blob[:22] + leb(len(block)) + block)


def leb(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def sealed(blob):
    """With the checksum of its bytes: xxh32 with the seed "LORO"."""
    return blob[:16] + xxh32(blob[20:], 0x4F524F4C).to_bytes(4, "little") + blob[20:]


def xxh32(data, seed):
    one, two, three, four, five = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    mask, at = 0xFFFFFFFF, 0
    rot = lambda word, bits: (word << bits | word >> (32 - bits)) & mask  # noqa: E731
    word = lambda: int.from_bytes(data[at : at + 4], "little")  # noqa: E731
    lanes = [(seed + one + two) & mask, (seed + two) & mask, seed, (seed - one) & mask]
    while len(data) >= 16 and at <= len(data) - 16:
        for lane in range(4):
            lanes[lane] = rot((lanes[lane] + word() * two) & mask, 13) * one & mask
            at += 4
    turned = sum(rot(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True))
    made = ((turned if len(data) >= 16 else seed + five) + len(data)) & mask
    while at <= len(data) - 4:
        made = rot((made + word() * three) & mask, 17) * four & mask
        at += 4
    for byte in data[at:]:
        made = rot((made + byte * five) & mask, 11) * one & mask
    made = (made ^ made >> 15) * two & mask
    made = (made ^ made >> 13) * three & mask
    return made ^ made >> 16


@pytest.mark.parametrize("levels", [1000, 20_000, 300_000])
def test_a_value_of_very_many_levels_is_refused_from_an_owner_too(make_gate, plan, levels):
    gate = make_gate(plan, "owner")
    assert outcome(gate, nested(levels)) == "refused"
    assert outcome(gate, nested(100)) == "ok"


@pytest.mark.parametrize("levels", [17, 20_000, 300_000])
def test_a_value_of_many_levels_is_refused(make_gate, plan, levels):
    gate = make_gate(plan)
    with pytest.raises(OversteppedError):
        gate.check(nested(levels))
    assert outcome(gate, base64.b64decode(VECTORS["cases"][0]["update"])) == "ok"


def test_a_great_update_is_refused_before_it_is_tried(make_gate, plan, monkeypatch):
    monkeypatch.setattr(gate_copy, "MAX_UPDATE", 1000)
    with pytest.raises(TooLargeError):
        make_gate(plan).check(changed(plan, put("extra", "key", "x" * 1000)))


def test_a_short_update_that_writes_much_is_refused(make_gate, plan):
    """Thousands of operations share one long key in the bytes, and repeat it in JSON."""

    def write(document):
        for number in range(3000):
            document.doc.get_map("extra").insert("k" * 60_000, number)

    update = changed(plan, write)
    assert len(update) < 200_000
    assert outcome(make_gate(plan), update) == "refused"


def test_what_is_tried_beforehand_gets_the_same_verdict(copy_of_base, monkeypatch):
    monkeypatch.setattr(gate_copy, "LONG", 0)

    async def play():
        for case in VECTORS["cases"]:
            gate = Gate(case["role"], Actor(**case["who"]), copy_of_base)
            update = base64.b64decode(case["update"])
            async with gate.foreseen(update):
                assert outcome(gate, update) == case["verdict"], case["name"]

    asyncio.run(play())


def test_changed_updates_with_a_right_checksum_never_break_anything(copy_of_base):
    chance = random.Random(11)
    gate = Gate("reviewer", RITA, copy_of_base)
    updates = [base64.b64decode(one["update"]) for one in VECTORS["cases"][:30]]
    seen = set()
    for _ in range(800):
        blob = bytearray(chance.choice(updates))
        for _ in range(chance.randrange(1, 4)):
            blob[chance.randrange(22, len(blob))] = chance.randrange(256)
        seen.add(outcome(gate, sealed(bytes(blob))))
    assert "refused" in seen
    assert outcome(gate, updates[0]) == "ok"
