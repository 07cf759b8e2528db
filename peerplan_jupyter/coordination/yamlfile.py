"""YAML that people write by hand and git merges: read without guessing, written without doubt.

YAML 1.1 reads `NO` as false and `0123` as 83, YAML 1.2 reads `1e10` as a number, so here every
scalar is the text that stands there, but for a plain `null`; whoever expects a number says so.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import InvalidInputError, StorageError
from .plain_yaml import parse_plain_yaml

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
"""Nodes of one file, those that an alias repeats counted each time."""

_conflict = re.compile(rb"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)
_plain = re.compile(r"[A-Za-z_][^\n]*\Z")

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Reader(_Loader):  # type: ignore[misc]
    """Knows text, lists, mappings and null."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag == "tag:yaml.org,2002:null"]
        for first, known in _Loader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError("", None, "a key is not text", key.start_mark)
            if key.value in seen:
                said = f"{key.value[:60]!r} stands there twice"
                raise yaml.MarkedYAMLError("", None, said, key.start_mark)
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


class _Writer(_Dumper):  # type: ignore[misc]
    """Quotes what another reader might not take for text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(writer: Any, text: str) -> Any:
    style = "|" if "\n" in text else None if _plain.match(text) else "'"
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _represent_text)


def parse_yaml(data: bytes, where: str) -> dict[str, Any]:
    """The mapping in `data`, which came from `where`; an empty file is an empty mapping.

    Raises `InvalidInputError` for what is not YAML, not a mapping at its top, has a key twice,
    conflict markers, tags, or aliases that blow it up, and above `MAX_BYTES`.
    """
    plain = parse_plain_yaml(data)
    return parse_any_yaml(data, where) if plain is None else plain


def parse_any_yaml(data: bytes, where: str) -> dict[str, Any]:
    """The same, without the shorter way for plain files."""
    if len(data) > MAX_BYTES:
        raise _refused(where, f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if found := _conflict.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        raise InvalidInputError(
            f"{where} has conflict markers (line {line}).",
            hint="Somebody else changed the same lines. Choose, and finish the merge.",
        )
    facts = _loaded(data, where)
    if facts is None:
        return {}
    if not isinstance(facts, dict):
        raise _refused(where, "expected names with values at its top")
    return facts


def _loaded(data: bytes, where: str) -> Any:
    try:
        reader = _Reader(data.decode("utf-8"))
        try:
            node = reader.get_single_node()
            if node is not None and b"*" in data and _size(node, {}) > MAX_NODES:
                raise _refused(where, "its aliases repeat too much")
            return None if node is None else reader.construct_document(node)
        finally:
            reader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" (line {mark.line + 1})" if mark else ""
        raise _refused(where, f"{error.problem or 'it is not YAML'}{line}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise _refused(where, f"it is not YAML: {str(error)[:200]}") from None
    except RecursionError:
        raise _refused(where, "it is nested too deep") from None


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """The nodes below `node`, repeated ones each time; a node in itself has too many."""
    if id(node) not in known:
        known[id(node)] = MAX_NODES
        parts = node.value if isinstance(node.value, list) else []
        inner = [part for pair in parts for part in (pair if isinstance(pair, tuple) else (pair,))]
        known[id(node)] = 1 + sum(_size(part, known) for part in inner)
    return known[id(node)]


def _refused(where: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"{where} cannot be used: {why}.", hint="Mend the file.")


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file. `FileNotFoundError` where there is none, `StorageError` where it
    cannot be read, and what `parse_yaml` raises.
    """
    try:
        with path.open("rb") as file:
            return parse_yaml(file.read(MAX_BYTES + 1), str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from None


def dump_yaml(facts: Mapping[str, Any]) -> str:
    """`facts` as YAML in their order; what any version of YAML would misread is quoted."""
    text: str = yaml.dump(
        dict(facts), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def write_atomically(path: Path, text: str, drafts: Path | None = None) -> None:
    """Put `text` at `path`, whole or not at all; `StorageError` where that cannot be. It is made in
    the folder `drafts`, or else beside `path`, where a process that is killed leaves it.
    """
    mine = (drafts or path.parent) / f".{path.name}.{secrets.token_hex(6)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mine.write_text(text, "utf-8")
        mine.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            mine.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from None
