from __future__ import annotations

import threading

from peerplan_jupyter.store.turns import turn


def test_the_next_one_knows_the_tip_that_the_last_one_noted(tmp_path):
    with turn("https://example.org/x", tmp_path, "b") as first:
        assert first.last_tip() is None
        first.note_tip("abc")
    with turn("https://example.org/x", tmp_path / "elsewhere", "b") as second:
        assert second.last_tip() == "abc"
    with turn("https://example.org/x", tmp_path, "other") as third:
        assert third.last_tip() is None


def test_who_publishes_to_one_remote_waits(tmp_path):
    order: list[str] = []

    def wait() -> None:
        with turn("https://example.org/x", tmp_path, "b"):
            order.append("second")

    waiting = threading.Thread(target=wait)
    with turn("https://example.org/x", tmp_path, "b"):
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(20)
    assert order == ["first", "second"]


def test_a_folder_is_one_remote_however_it_is_written_and_another_is_not(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "work").mkdir(parents=True)
    with turn("../remote.git", tmp_path / "a" / "work", "b") as one:
        one.note_tip("abc")
    with turn(f"file://{tmp_path}/a/remote.git", tmp_path, "b") as same:
        assert same.last_tip() == "abc"
    with turn("../remote.git", tmp_path / "b" / "work", "b") as other:
        assert other.last_tip() is None
