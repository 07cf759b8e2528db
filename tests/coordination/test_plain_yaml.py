"""The shorter way of reading YAML has to come to what the reader of all YAML comes to."""

from __future__ import annotations

import sys

from hypothesis import example, given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.plain_yaml import parse_plain_yaml
from peerplan_jupyter.coordination.tasks.task import Maker, Task
from peerplan_jupyter.coordination.yamlfile import dump_yaml, parse_any_yaml, parse_yaml
from peerplan_jupyter.errors import InvalidInputError

names = st.sampled_from(["id", "title", "created_by", "null", "_", "Name", "a-b", "0", "'x'", ""])
values = (
    "null Null ~ NO 0123 1e10 a,b a:b a#b it's 'it''s' \"a\" | [a] {} &a *a !a << --- ... %a ? ' ="
)
words = st.sampled_from([*values.split(), "a b", "a: b", "a #b", "- a", "{a: b}", "", " "])
texts = st.one_of(words, st.text(max_size=8), st.text(max_size=8).map("'{}'".format))
spaces = st.sampled_from(["", "", "", " ", "  ", "  ", "   ", "\t", "- "])
colons = st.sampled_from([": ", ": ", ": ", ":", ":  ", " : ", ":\t", ""])
ends = st.sampled_from(["\n", "\n", "\n", "", " \n", "\r\n", "\n\n", " # x\n"])
lines = st.builds("{}{}{}{}{}".format, spaces, names, colons, texts, ends)
files = st.lists(lines, max_size=5).map("".join)


def agree(text: str) -> bool:
    """Whether a text is read the shorter way; then both ways come to the same."""
    data = text.encode("utf-8", "surrogatepass")
    plain = parse_plain_yaml(data)
    if plain is not None:
        assert plain == parse_any_yaml(data, "here")
    return plain is not None


@given(st.one_of(files, st.text()))
@example("a: b\na: c\n")
@example("a:\n  b: c\n  b: d\n")
@example("a:\n  b: c\nd: e\n  f: g\n")
@example("  a: b\n")
@example("a: b\nc")
@example("a: b\n\nc: d\n")
@example("")
@example("a:\nb: c\n")
@example("<<<<<<< HEAD\na: b\n")
@example("a: b\n=======\n")
def test_a_file_that_is_read_the_shorter_way_says_the_same(text):
    agree(text)


def test_each_letter_that_is_read_the_shorter_way_is_the_same():
    taken = 0
    for first in range(0, sys.maxunicode, 64):
        block = "".join(map(chr, range(first, first + 64)))
        if parse_plain_yaml(told(block)) is None:
            block = "".join(one for one in block if parse_plain_yaml(told(one)) is not None)
        taken += len(block)
        if block:
            assert agree(f"a: b{block.strip()}c\nd: '{block}'\n")
    assert taken > 100_000


def told(letters: str) -> bytes:
    return f"a: b{letters}c\nd: '{letters}'\n".encode("utf-8", "surrogatepass")


line = st.text(st.characters(categories=["L", "Nd"], include_characters=" .,!-_/()'"), max_size=40)
plain_titles = st.from_regex(r"[A-Za-z][A-Za-z0-9 ,.!-]{0,60}[a-z]", fullmatch=True).filter(
    lambda title: title.lower() != "null"
)


@given(st.one_of(line, st.text(max_size=20)))
def test_a_task_that_we_wrote_is_read_as_it_was_written(title):
    try:
        task = Task(id="TASK-AM-001", uid=f"01{'A' * 24}", title=title)
    except ValueError:
        return
    assert Task.model_validate(parse_yaml(dump_yaml(task.to_facts()).encode(), "here")) == task


@given(plain_titles)
def test_a_task_with_a_plain_title_is_read_the_shorter_way(title):
    maker = Maker(name="Ada Moreau", prefix="AM", machine="0a1b2c3d")
    task = Task(
        id="TASK-AM-001",
        uid=f"01{'A' * 24}",
        title=title,
        created="2026-01-02T03:04:05Z",
        created_by=maker,
    )
    assert agree(dump_yaml(task.to_facts()))


def test_what_is_no_yaml_is_still_refused():
    for text in ("a: b\n<<<<<<< HEAD\n", "a: [", "- a\n"):
        try:
            parse_yaml(text.encode(), "here")
        except InvalidInputError:
            continue
        raise AssertionError(text)
