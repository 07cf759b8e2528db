from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.yamlfile import (
    MAX_BYTES,
    dump_yaml,
    parse_yaml,
    read_yaml,
    write_atomically,
)
from peerplan_jupyter.errors import InvalidInputError, StorageError

BOMB = b"a: &a [x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 10)) for n in range(9)
)


@pytest.mark.parametrize("text", ["NO", "ON", "0123", "1e10", "12e4", "~x", "2026-01-01", "true"])
def test_a_prefix_stays_the_text_that_stands_there(text):
    assert parse_yaml(f"initials: {text}\n".encode(), "team.yaml") == {"initials": text}


def test_null_is_nothing_and_quoted_it_is_text():
    assert parse_yaml(b"a: null\nb:\nc: 'null'\n", "x") == {"a": None, "b": None, "c": "null"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\nb: 2\na: 3\n", "'a' stands there twice (line 3)"),
        (b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n", "conflict markers (line 2)"),
        (BOMB, "aliases repeat too much"),
        (b"a: &a [*a]\n", "aliases repeat too much"),
        (b"- a\n", "names with values"),
        (b"? [a]\n: b\n", "key is not text"),
        (b"a: " + b"[" * 20_000, "nest"),
        (b"a: !!python/object/apply:os.system [id]\n", "constructor"),
        (b"a: 'x\n", "end of stream"),
        (b"\xff\xfe", "not YAML"),
        (b"a: \x1b[31m\n", "not YAML"),
        (b"a: x\n" + b"#" * MAX_BYTES, "at most 1,000,000"),
    ],
)
def test_what_cannot_be_trusted_is_refused_and_says_where(data, said):
    with pytest.raises(InvalidInputError) as refused:
        parse_yaml(data, "team.yaml")
    assert said in refused.value.message
    assert refused.value.message.startswith("team.yaml")


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.lists(st.text()))))
def test_text_is_read_back_as_it_was_written(facts):
    assert parse_yaml(dump_yaml(facts).encode("utf-8", "surrogatepass"), "x") == facts


@given(st.text(alphabet="0123456789abcdefNOYESonf.+-:_~eE", min_size=1))
def test_other_readers_take_for_text_what_was_text(text):
    assert yaml.safe_load(dump_yaml({"initials": text})) == {"initials": text}


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    place = tmp_path / "below" / "a.yaml"
    write_atomically(place, "a: 1\n")
    assert read_yaml(place) == {"a": "1"}
    place.with_name("b.yaml").mkdir()
    with pytest.raises(StorageError):
        write_atomically(place.with_name("b.yaml"), "b: 1\n")
    assert sorted(one.name for one in place.parent.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_missing_file_is_told_from_one_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(StorageError):
        read_yaml(tmp_path)
