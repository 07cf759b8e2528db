from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.plan.merge import merge3

LINES = st.lists(st.sampled_from("abcd"), max_size=8).map(lambda ls: "".join(f"{x}\n" for x in ls))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "x\nb\nc\n", "a\nb\nz\n", "x\nb\nz\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("a\nb\n", "a\nx\n", "a\ny\n", None),
        ("a\nb\n", "a\n", "a\ny\n", None),
        ("", "x\n", "y\n", None),
        ("a\nb\n", "a\nx\n", "a\nx\n", "a\nx\n"),
    ],
)
def test_three_texts_merge_by_lines(base, ours, theirs, merged):
    assert merge3(base, ours, theirs) == merged


@given(LINES, LINES)
def test_an_edit_of_one_side_alone_is_taken(base, edited):
    assert merge3(base, edited, base) == merge3(base, base, edited) == edited


@given(LINES, LINES, LINES)
def test_merging_is_symmetric(base, ours, theirs):
    assert merge3(base, ours, theirs) == merge3(base, theirs, ours)


def test_texts_that_would_take_too_long_to_compare_count_as_in_conflict():
    blank = "\n" * 20_000
    assert merge3(blank, "b" + blank, blank + "a") is None
