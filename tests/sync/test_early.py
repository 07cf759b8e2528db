"""What depends on what others have not sent yet."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import loro

from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.sync.early import MANY, MOST, Early
from peerplan_jupyter.sync.events import Imported, Role
from peerplan_jupyter.sync.gate import Before
from peerplan_jupyter.sync.own import OwnWriting
from peerplan_jupyter.sync.refusals import EarlyError
from peerplan_jupyter.sync.room import Room

from ..vectors import gates
from ..vectors.__main__ import FOLDER
from .pairs import ROOM, Clock, carry, joined, side

BASE = base64.b64decode(json.loads((FOLDER / "gate.json").read_text("utf-8"))["base"])


def talked(rounds: int) -> tuple[PlanDocument, bytes]:
    """A plan about which Rita and Tom wrote in turns, and its version before."""
    rita, tom = PlanDocument.load([BASE]), PlanDocument.load([BASE])
    before = rita.version()
    for number in range(rounds):
        for who, mine, other in ((gates.RITA, rita, tom), (gates.TOM, tom, rita)):
            ulid = gates.ulid(100 + 2 * number + (who is gates.TOM))
            other.import_updates(mine.apply(gates.annotate(who, ulid)).update)
    return tom, before


def careful(make_port: Callable[[], Any]) -> Any:
    """A port that refuses what comes before what it depends on, as plans do."""

    class Careful(make_port):  # type: ignore[misc]
        def import_updates(self, blob: bytes) -> bool:
            if self.doc.fork().import_(blob).pending:
                raise EarlyError("The update came before what it depends on.")
            return bool(super().import_updates(blob))

    return Careful()


def test_what_one_wrote_in_turns_with_another_is_parted_where_the_other_answered() -> None:
    document, before = talked(5)
    rita, tom = (
        OwnWriting(who.id).parts_since(document, before) for who in (gates.RITA, gates.TOM)
    )
    assert (len(rita), len(tom)) == (5, 5)
    heard = PlanDocument.load([BASE])
    for one, answer in zip(rita, tom, strict=True):
        heard.import_updates(one)
        heard.import_updates(answer)
    assert heard.plan() == document.plan()


def test_to_who_knows_what_the_other_wrote_all_goes_at_once() -> None:
    document, before = talked(5)
    version = loro.VersionVector.decode(before)
    for peer, (_, end) in document.doc.oplog_vv.to_spans().inner().items():
        if gates.TOM.id in Before(document.doc).writers(peer, end):
            version.set_end(loro.ID(peer, end))
    own = OwnWriting(gates.RITA.id)
    assert own.parts_since(document, version.encode()) == [own.since(document, version.encode())]
    assert own.parts_since(document, document.version()) == []


def test_who_heard_a_part_lacks_only_the_others() -> None:
    document, before = talked(5)
    own, other = OwnWriting(gates.RITA.id), OwnWriting(gates.TOM.id)
    heard = PlanDocument.load([BASE, own.parts_since(document, before)[0]])
    assert own.parts_since(document, heard.version()) == own.parts_since(document, before)[1:]
    heard.import_updates(other.parts_since(document, before)[0])
    assert own.parts_since(document, heard.version()) == own.parts_since(document, before)[1:]


def test_what_comes_long_before_what_it_depends_on_is_not_lost(
    make_port: Callable[[], Any],
) -> None:
    elsewhere, clock = make_port(), Clock()
    first = elsewhere.insert("first ")
    one, other = joined(make_port, receiver=careful(make_port), clock=clock)
    one.port.import_updates(first)
    one.push(one.port.insert("second"))
    for _ in range(30):
        carry(one, other)
        clock.now += 60
        one.sent += one.session.tick()
    assert other.port.content == ""
    other.port.import_updates(first)
    clock.now += 10
    one.sent += one.session.tick()
    carry(one, other)
    assert (one.session.pending, other.port.content) == (0, one.port.content)


def test_who_hears_two_that_answered_each_other_hears_all_at_once(
    make_port: Callable[[], Any],
) -> None:
    class Reviewer(make_port):  # type: ignore[misc]
        parts: tuple[bytes, ...] = ()

        def parts_since(self, _: bytes) -> list[bytes]:
            return list(self.parts)

    one, other, owner = Reviewer(), Reviewer(), careful(make_port)
    for number in range(50):
        for mine, theirs in ((one, other), (other, one)):
            update = mine.put(f"{number} {id(mine)}", "x")
            theirs.import_updates(update)
            mine.parts += (update,)
    room = Room(ROOM, owner)
    ends = []
    for reviewer in (one, other):
        end = side(owner, Role.RECEIVER)
        end.session.listen = lambda event, end=end: (
            room.imported(end.session, event) if isinstance(event, Imported) else None
        )
        room.enter(end.session, lambda frames, end=end: end.sent.extend(frames))
        ends.append((side(reviewer, Role.REQUESTER), end))
    for mine, end in ends:
        mine.sent += mine.session.start()
        carry(mine, end)
    for mine, end in ends * 6:
        end.sent += end.session.tick()
        carry(mine, end)
    assert owner.values == one.values == other.values
    assert [mine.session.pending for mine, _ in ends] == [0, 0]


def test_what_comes_too_early_is_kept_up_to_some_bytes_and_batches() -> None:
    early, kept = Early(Clock()), []
    early.keep(b"1", (bytes(MOST - MANY),), b"first")
    early.keep(b"2", (bytes(MANY + 1),), b"first")
    for number in range(3, 20):
        early.keep(b"%d" % number, (b"x",), b"first")
    assert early.due(b"first") is None
    while due := early.due(b"second"):
        kept.append(int(due[0]))
        early.drop(due[0])
    assert kept == [1, *range(3, 10)]


def test_what_is_tried_in_vain_is_tried_seldom_and_at_once_after_some_of_it_fit() -> None:
    clock = Clock()
    early, tries = Early(clock), 0
    early.keep(b"1", (b"x", b"y"), b"")
    for number in range(6000):
        clock.now += 0.01
        if due := early.due(b"%d" % number):
            tries += 1
            early.keep(*due, b"%d" % number)
    assert 5 < tries < 20
    clock.now += 10
    assert early.due(b"then") == (b"1", (b"x", b"y"))
    early.keep(b"1", (b"y",), b"then")
    assert early.due(b"then") is None
    assert early.due(b"now") == (b"1", (b"y",))
