from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import loro
import pytest

from peerplan_jupyter.errors import (
    DocumentError,
    InvalidInputError,
    NotFoundError,
    StorageError,
    UnreachableError,
)
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.guard import PanicError, new_document
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.store.journal import Journal
from peerplan_jupyter.sync.elo import Span, contained, records_of, sealed_record
from peerplan_jupyter.sync.encryption import KEY_ID, EncryptedDocument
from peerplan_jupyter.sync.gate_copy import GateCopy
from peerplan_jupyter.sync.peer import Peer
from peerplan_jupyter.sync.plan_port import PlanPort, TriedDocument
from peerplan_jupyter.sync.plans import Plans
from peerplan_jupyter.sync.refusals import LethalError

from .test_gate import ABORTS, sealed

MAIA = Actor(id="did:key:z6MkMaiaMaiaMaiaMaiaMaiaMaiaMaiaMaia", name="Maia", kind="human")


def create(plan_id="sessions", title="Sessions"):
    return CreatePlan(actor=MAIA, plan_id=plan_id, title=title)


def annotate(content="Why?", **fields):
    target = {"type": "plan"}
    wire = {"op": "annotate", "type": "question", "content": content, "target": target, **fields}
    return parse_operation(wire, MAIA)


@pytest.fixture
def plans(tmp_path):
    """Plans over one journal file; each call is another process's view of it."""
    made = []

    def make():
        made.append(Journal(tmp_path / "journal.sqlite"))
        return Plans(made[-1])

    yield make
    for journal in made:
        journal.close()


def test_a_plan_is_there_again_after_a_restart(plans):
    first = plans()
    first.create(create())
    first.submit("sessions", annotate())
    again = plans().get("sessions")
    assert [one.content for one in again.annotations()] == ["Why?"]


def test_an_unknown_plan_is_named(plans):
    with pytest.raises(NotFoundError, match="'nothing'"):
        plans().get("nothing")


def test_creating_a_plan_again_with_the_same_operation_is_no_error(plans):
    here, operation = plans(), create()
    here.create(operation)
    assert here.create(operation).update == b""
    with pytest.raises(InvalidInputError, match="already"):
        here.create(create())


def test_what_another_process_wrote_is_taken_in(plans):
    one, other = plans(), plans()
    one.create(create())
    heard = []
    one.subscribe(heard.append)
    other.submit("sessions", annotate("first"))
    one.poll()
    assert [event.change.news[0].kind for event in heard] == ["annotation"]
    one.submit("sessions", annotate("second"))
    other.poll()
    for view in (one, other):
        found = view.get("sessions").annotations()
        assert sorted(one.content for one in found) == ["first", "second"]


def test_a_plan_made_by_another_process_is_heard_of(plans):
    one, other = plans(), plans()
    heard = []
    one.subscribe(heard.append)
    other.create(create("other"))
    one.poll()
    assert [event.plan_id for event in heard] == ["other"]
    assert one.ids() == ["other"]


def test_many_rows_are_joined_into_one(plans):
    here = plans()
    here.create(create())
    for number in range(520):
        here.submit("sessions", annotate(str(number)))
    assert len(here.journal.updates("sessions")) > 500
    assert len(plans().get("sessions").annotations()) == 520
    assert len(here.journal.updates("sessions")) == 1
    assert len(plans().get("sessions").annotations()) == 520


def test_an_update_of_another_plan_is_refused_and_leaves_nothing(plans):
    here = plans()
    here.create(create())
    blob = here.get("sessions").updates_since()
    with pytest.raises(DocumentError, match="sessions"):
        here.take_in("other", blob)
    assert not here.has("other")


def panicking():
    """An update with a right checksum on which Loro panics: a root container's name has a "/"."""
    doc = new_document()
    doc.get_map("spoiled").insert("key", 1)
    doc.commit()
    blob = bytes(doc.export(loro.ExportMode.Updates(loro.VersionVector())))
    assert blob.count(b"spoiled") == 1
    return sealed(blob.replace(b"spoiled", b"spoi/ed"))


# Loro panics once more when the broken document is dropped.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_plan_on_which_loro_panics_is_read_from_the_journal_again(plans):
    here = plans()
    here.create(create())
    here.submit("sessions", annotate("before"))
    broken = here.get("sessions")
    with pytest.raises(PanicError):
        here.take_in("sessions", panicking())
    assert here.get("sessions") is not broken
    here.submit("sessions", annotate("after"))
    for view in (here, plans()):
        assert [one.content for one in view.get("sessions").annotations()] == ["before", "after"]


def test_each_change_leaves_one_entry_in_the_feed(plans):
    here = plans()
    here.create(create())
    operation = annotate()
    here.submit("sessions", operation)
    here.submit("sessions", operation)
    rows = here.journal.feed_after("sessions", 0)
    assert [(row.kind, row.key) for row in rows] == [("annotation", operation.id)]


def test_functions_run_on_the_peers_thread_one_at_a_time(tmp_path):
    with Peer(tmp_path / "journal.sqlite") as peer:
        names = {peer.call(lambda _: threading.current_thread().name) for _ in range(3)}
    assert names == {"peerplan-peer"}


def test_what_a_function_raises_reaches_its_caller(tmp_path):
    with Peer(tmp_path / "journal.sqlite") as peer, pytest.raises(NotFoundError):
        peer.call(lambda plans: plans.get("nothing"))


def test_a_closed_peer_says_so(tmp_path):
    peer = Peer(tmp_path / "journal.sqlite").start()
    peer.close()
    peer.close()
    with pytest.raises(UnreachableError):
        peer.call(lambda plans: plans.ids())


def test_peers_of_one_journal_hear_of_each_other(tmp_path):
    with Peer(tmp_path / "j.sqlite") as one, Peer(tmp_path / "j.sqlite") as other:
        heard = threading.Event()
        one.call(lambda plans: plans.create(create()))
        one.call(lambda plans: plans.get("sessions"))
        one.subscribe(lambda _: heard.set())
        other.call(lambda plans: plans.submit("sessions", annotate()))
        assert heard.wait(5)
        assert one.call(lambda plans: len(plans.get("sessions").annotations())) == 1


WRITER = """
import sys
from pathlib import Path
from peerplan_jupyter.plan.operations import parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.sync.peer import Peer
actor = Actor(id=sys.argv[2], name="Maia", kind="human")
peer = Peer(Path(sys.argv[1])).start()
while True:
    wire = {"op": "annotate", "type": "question", "content": "?", "target": {"type": "plan"}}
    operation = parse_operation(wire, actor)
    peer.call(lambda plans: plans.submit("sessions", operation))
    print(operation.id, flush=True)
"""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    journal = tmp_path / "journal.sqlite"
    with Peer(journal) as peer:
        peer.call(lambda plans: plans.create(create()))
    command = [sys.executable, "-c", WRITER, str(journal), MAIA.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        acknowledged = [process.stdout.readline().strip() for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.read().split()
    with Peer(journal) as peer:
        found = peer.call(lambda plans: {one.id for one in plans.get("sessions").annotations()})
    whole = {key for key in acknowledged if len(key) == len(new_id())}
    assert len(whole) >= 20
    assert whole <= found


def test_a_function_on_the_peers_thread_may_call_the_peer_again(tmp_path):
    with Peer(tmp_path / "journal.sqlite") as peer:
        assert peer.call(lambda _: peer.call(lambda plans: plans.ids())) == []


def test_what_is_asked_while_a_peer_closes_is_answered_or_refused(tmp_path):
    for number in range(20):
        peer = Peer(tmp_path / f"{number}.sqlite").start()
        asking = threading.Thread(target=peer.close)
        asking.start()
        outcomes = []
        for _ in range(50):
            try:
                outcomes.append(peer.post(lambda plans: plans.ids()))
            except UnreachableError:
                break
        asking.join(timeout=10)
        assert all(one.done() for one in outcomes)


def test_a_change_that_the_journal_refuses_is_not_in_the_plan(plans):
    here = plans()
    here.create(create())
    heard = []
    here.subscribe(heard.append)
    with here.journal.transaction() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError):
        all(here.submit("sessions", annotate("x" * 20_000)) for _ in range(50))
    kept = len(plans().get("sessions").annotations())
    assert len(here.get("sessions").annotations()) == kept
    assert heard[-1].change is None


def test_a_process_hears_of_what_was_joined_into_its_own_row(plans):
    one = plans()
    one.create(create())
    for number in range(500):
        one.submit("sessions", annotate(str(number)))
    other = plans()
    other.get("sessions")
    one.poll()
    other.submit("sessions", annotate("theirs"))
    one.journal.append("sessions", one.get("sessions").updates_since())
    plans().get("sessions")
    one.poll()
    assert "theirs" in {each.content for each in one.get("sessions").annotations()}


def test_an_operation_that_two_processes_get_is_applied_once(plans):
    one, other = plans(), plans()
    one.create(create())
    other.get("sessions")
    wire = {"op": "edit_content", "base": "", "content": "Once.\n"}
    operation = parse_operation(wire, MAIA)
    one.submit("sessions", operation)
    other.submit("sessions", operation)
    one.poll()
    assert one.get("sessions").content == other.get("sessions").content == "Once.\n"


def test_a_listener_that_fails_keeps_nobody_from_hearing(plans, caplog):
    here, heard = plans(), []
    here.subscribe(lambda _: 1 / 0)
    here.subscribe(heard.append)
    here.create(create())
    assert len(heard) == 1
    assert "ZeroDivisionError" in caplog.text


def test_all_of_a_plan_is_written_out_once_for_those_who_come_while_nothing_changes(plans):
    here = plans()
    here.create(create())
    port = PlanPort(here, "sessions")
    nothing = new_document().oplog_vv.encode()
    first = port.updates_since(nothing)
    assert port.updates_since(nothing) is first
    here.submit("sessions", annotate("Late"))
    [late] = PlanDocument.load([port.updates_since(nothing)]).annotations()
    assert late.content == "Late"


def test_what_comes_sealed_is_tried_in_a_child_process_too(plans):
    here, key = plans(), bytes(32)
    theirs = PlanDocument.create(create())[0]
    second = PlanDocument.load([theirs.updates_since()])
    theirs.import_updates(second.apply(annotate("Later")).update)
    spans = theirs.doc.oplog_vv.to_spans().inner().items()
    late_first = sorted(spans, key=lambda span: span[0] == theirs.doc.peer_id)
    sealing = [
        sealed_record(key, KEY_ID, Span(str(peer).encode(), 0, end), part(theirs, peer, end))
        for peer, (_, end) in late_first
    ]
    copy = GateCopy(lambda: here.get("sessions") if here.has("sessions") else None)
    try:
        document = EncryptedDocument(TriedDocument(PlanPort(here, "sessions"), copy), key)
        assert document.import_updates(contained(sealing))
        assert [one.content for one in here.get("sessions").annotations()] == ["Later"]
        other = EncryptedDocument(PlanPort(here, "sessions"), key)
        assert len(list(records_of(other.updates_since(b"")))) == len(sealing)
        bad = sealed_record(key, KEY_ID, Span(b"7", 0, 1), ABORTS.read_bytes())
        with pytest.raises(LethalError):
            document.import_updates(contained([bad]))
    finally:
        copy.close()


def part(document, peer, end):
    span = loro.IdSpan(peer, loro.CounterSpan(0, end))
    return bytes(document.doc.export(loro.ExportMode.UpdatesInRange([span])))
