from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from peerplan_jupyter.errors import StorageError
from peerplan_jupyter.store.bindings import Binding
from peerplan_jupyter.store.database import CHECKED_SIZE
from peerplan_jupyter.store.feed import FeedEntry
from peerplan_jupyter.store.journal import Journal


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def run_python(code: str, *args: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_updates_come_back_in_order_and_by_plan(journal):
    first = journal.append("one", b"a")
    second = journal.append("two", b"b")
    third = journal.append("one", b"c", origin="ws")
    assert journal.updates("one") == [(first, b"a"), (third, b"c")]
    assert journal.updates("one", after=first) == [(third, b"c")]
    assert journal.plans() == ["one", "two"]
    assert journal.changed_since(first) == {"two": second, "one": third}
    assert journal.last_seq() == third


def test_a_feed_entry_is_told_once_and_read_from_a_cursor(journal):
    entry = FeedEntry("01A", "annotation", {"content": "Why é?"}, 7)
    journal.append("one", b"a", [entry])
    journal.append("one", b"b", [entry, FeedEntry("01B", "reply", {}, 8)])
    journal.append("two", b"c", [entry])

    rows = journal.feed_after("one", 0)
    assert [(row.key, row.kind, row.item, row.at) for row in rows] == [
        ("01A", "annotation", {"content": "Why é?"}, 7),
        ("01B", "reply", {}, 8),
    ]
    assert journal.feed_after("one", rows[-1].seq) == []
    assert len(journal.feed_after(None, 0)) == 3
    assert len(journal.feed_after(None, 0, limit=2)) == 2


def test_an_append_that_fails_leaves_neither_update_nor_feed(journal):
    with pytest.raises(TypeError):
        journal.append("one", b"a", [FeedEntry("k", "x", {"bad": object()}, 1)])
    assert journal.updates("one") == []
    journal.append("one", b"b")


def test_compaction_keeps_what_came_after_and_tells_nobody(journal):
    seqs = [journal.append("one", bytes([n])) for n in range(10)]
    other = journal.append("two", b"x")
    journal.compact("one", b"all of 0 to 6", seqs[6])
    assert journal.updates("one")[0] == (seqs[6], b"all of 0 to 6")
    assert [data for _, data in journal.updates("one", after=seqs[6])] == [b"\7", b"\x08", b"\x09"]
    assert journal.changed_since(seqs[-1]) == {"two": other}

    journal.compact("one", b"an older state", seqs[4])
    assert journal.updates("one")[0] == (seqs[6], b"all of 0 to 6")


def test_forgetting_a_plan_removes_it_and_never_reuses_its_numbers(journal):
    journal.append("one", b"a", [FeedEntry("k", "x", {}, 1)])
    journal.mark_seen("one", "me", ["k"])
    last = journal.append("one", b"b")
    journal.forget("one")
    assert journal.plans() == []
    assert journal.feed_after("one", 0) == []
    assert journal.seen_items("one", "me") == set()
    assert journal.last_seq() == last
    assert journal.append("two", b"c") > last


def test_a_binding_is_kept_and_replaced(journal):
    assert journal.binding("one") is None
    journal.bind("one", Binding("/work", "origin", "drafts/plan-one"))
    later = Binding("/work", None, "pr-1/plan-one", "c0ffee", b"\0\1", 5)
    journal.bind("one", later)
    assert journal.binding("one") == later


def test_the_outbox_counts_attempts_and_keeps_the_last_words(journal):
    journal.outbox.queue("one", "unreachable", "no route")
    journal.outbox.queue("one", "push_rejected", "protected")
    journal.outbox.queue("two", "unreachable", "no route")
    (one, two) = journal.outbox.pending()
    assert (one.plan_id, one.reason, one.error, one.attempts) == (
        "one", "push_rejected", "protected", 2,
    )  # fmt: skip
    journal.outbox.done("one")
    assert journal.outbox.pending() == [two]


def test_what_a_reader_has_seen_is_the_readers_own(journal):
    journal.mark_seen("one", "me", ["a", "b"])
    journal.mark_seen("one", "me", ["b", "c"])
    journal.mark_seen("one", "you", ["z"])
    assert journal.seen_items("one", "me") == {"a", "b", "c"}


def item(number, by="them", kind="annotation"):
    return FeedEntry(f"{number}", kind, {"by": by}, number)


def test_what_is_unread_is_counted_however_long_the_feed_is(journal):
    journal.append("one", b"a", [item(number) for number in range(20_000)])
    assert journal.standing("one", "me") == (20_000, 19_999)
    journal.append("one", b"b", [item(20_001), item(20_002, by="me"), item(20_003, kind="edit")])
    journal.append("two", b"c", [item(30_000)])
    assert journal.standing("one", "me") == (20_001, 20_003)
    journal.mark_seen("one", "me", ["0", "5", "20001", "nothing"])
    assert journal.standing("one", "me") == (19_998, 20_003)
    assert journal.standing("one", "them") == (1, 20_003)
    with Journal(journal.path) as other:
        other.mark_seen("one", "me", ["7"])
        other.append("one", b"d", [item(40_000), item(40_001, by=None)])
    assert journal.standing("one", "me") == (19_999, 40_001)
    journal.forget("one")
    assert journal.standing("one", "me") == (0, 0)


def test_a_feed_that_was_counted_is_not_read_again(journal):
    journal.append("one", b"a", [item(number) for number in range(20_000)])

    def steps():
        """What SQLite's machine does for a count."""
        done = []
        journal._connection.set_progress_handler(lambda: done.append(1), 100)
        assert journal.standing("one", "me").unread >= 20_000
        journal._connection.set_progress_handler(None, 100)
        return len(done)

    first = steps()
    journal.append("one", b"b", [item(20_000)])
    assert journal.standing("one", "me").unread == 20_001
    assert steps() < first / 100


def test_a_second_process_on_the_same_file_just_works(journal):
    before = journal.foreign_writes()
    mine = journal.append("one", b"a")
    assert journal.foreign_writes() == before
    code = """
import sys
from pathlib import Path
from peerplan_jupyter.store.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    print(journal.epoch, journal.append("one", b"b"))
"""
    done = run_python(code, journal.path)
    epoch, theirs = done.stdout.split()
    assert epoch == journal.epoch
    assert journal.foreign_writes() != before
    assert journal.changed_since(mine) == {"one": int(theirs)}
    assert journal.updates("one", after=mine) == [(int(theirs), b"b")]


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    code = """
import sys
from pathlib import Path
from peerplan_jupyter.store.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    for number in range(100):
        journal.append("one", f"{sys.argv[2]}-{number}".encode())
"""
    path = tmp_path / "journal.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(name)]) for name in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    with Journal(path) as journal:
        written = {data.decode() for _, data in journal.updates("one")}
    assert written == {f"{name}-{number}" for name in range(4) for number in range(100)}


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path):
    code = """
import sys
from pathlib import Path
from peerplan_jupyter.store.journal import Journal
journal = Journal(Path(sys.argv[1]))
while True:
    print(journal.append("one", b"x" * 500), flush=True)
"""
    path = tmp_path / "journal.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(200)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout.read().splitlines(keepends=True)]
    writer.stdout.close()
    writer.wait()
    with Journal(path) as journal:
        assert journal.recovered is None
        kept = {seq for seq, _ in journal.updates("one")}
    assert kept >= set(acknowledged)


@pytest.mark.parametrize("damage", ["head", "pages", "text"])
def test_a_corrupt_journal_is_moved_aside_and_a_new_one_begun(tmp_path, damage):
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        epoch = journal.epoch
        for _ in range(200):
            journal.append("one", b"x" * 1000)
    broken = bytearray(path.read_bytes())
    if damage == "text":
        broken = bytearray(b"this is no database, and long enough to be looked at" * 40)
    start, end = (0, 100) if damage == "head" else (4096, len(broken))
    broken[start:end] = b"\xaa" * (end - start)
    path.write_bytes(broken)

    with Journal(path) as journal:
        assert journal.recovered is not None
        assert journal.recovered.name.startswith("journal.corrupt-")
        assert journal.recovered.read_bytes() == bytes(broken)
        assert journal.epoch != epoch
        assert journal.plans() == []
        journal.append("one", b"again")
    with Journal(path) as journal:
        assert journal.recovered is None
        assert len(journal.updates("one")) == 1


def test_what_is_damaged_in_use_is_found_at_the_next_start_however_large_it_is(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        for _ in range(34):
            journal.append("one", b"x" * 1_000_000)
    assert path.stat().st_size > CHECKED_SIZE
    with path.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xaa" * 16_000_000)

    with Journal(path) as journal:
        assert journal.recovered is None
        with pytest.raises(StorageError, match="is damaged") as damaged:
            journal.updates("one")
        assert "Restart" in damaged.value.hint
    with Journal(path) as journal:
        assert journal.recovered is not None
        assert journal.plans() == []
    with Journal(path) as journal:
        assert journal.recovered is None


def test_the_repositories_of_plans_outlive_the_journal(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        journal.bind("one", Binding("/first", "origin", ""))
        journal.bind("one", Binding("/first", "origin", "pr-1/plan-one", "c0ffee", b"\0\1", 5))
        journal.bind("two", Binding("/second", "upstream", ""))
        journal.bind("gone", Binding("/third", "origin", ""))
        journal.forget("gone")
    noted = path.with_name("journal.repositories")
    assert len(noted.read_text().splitlines()) == 4
    with noted.open("a") as file:
        file.write('no JSON\n[]\n{"plan": 7}\n')
    path.write_bytes(b"nonsense" * 1000)
    with Journal(path) as journal:
        assert journal.recovered is not None
        assert journal.repositories.read() == {
            "one": Binding("/first", "origin", ""),
            "two": Binding("/second", "upstream", ""),
        }


def test_the_list_of_repositories_is_made_again_where_it_is_missing(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        journal.bind("one", Binding("/first", None, ""))
    path.with_name("journal.repositories").unlink()
    with Journal(path) as journal:
        assert journal.repositories.read() == {"one": Binding("/first", None, "")}


def test_a_newer_or_foreign_database_is_left_alone(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="form 99; this peerplan reads 1"):
        Journal(path)

    foreign = tmp_path / "browser.sqlite"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE cookies (x)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        Journal(foreign)
    assert foreign.read_bytes() == before


def test_a_folder_in_the_journals_place_is_said(tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        Journal(tmp_path)


def test_a_read_only_journal_is_said_and_nothing_is_acknowledged(tmp_path):
    path = tmp_path / "home" / "journal.sqlite"
    path.parent.mkdir()
    with Journal(path) as journal:
        journal.append("one", b"a")
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    code = """
import os, sys
from pathlib import Path
from peerplan_jupyter.errors import StorageError
from peerplan_jupyter.store.journal import Journal
if os.getuid() == 0:
    os.setuid(65534)
try:
    Journal(Path(sys.argv[1])).append("one", b"b")
except StorageError as error:
    print(error.message, "|", error.hint)
"""
    done = run_python(code, path)
    assert "cannot be written" in done.stdout, done.stderr
    assert "PEERPLAN_HOME" in done.stdout


def test_a_full_disk_is_said_and_nothing_is_acknowledged(journal):
    seq = journal.append("one", b"a")
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"):
        all(journal.append("one", b"x" * 4000) for _ in range(100))
    journal._connection.execute("PRAGMA max_page_count = 100000")
    assert journal.append("one", b"b") > seq


def test_a_journal_that_was_moved_away_takes_nothing_more(journal):
    journal.path.rename(journal.path.with_name("elsewhere"))
    with pytest.raises(StorageError, match="was moved or removed"):
        journal.append("one", b"a")
    Path(journal.path.with_name("elsewhere")).rename(journal.path)
    journal.append("one", b"a")
