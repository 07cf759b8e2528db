"""YAML text as people wrote it, with what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .merging import about

_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Part:
    """A key with its value, or an element of a list. Its lines begin with the comment above it and
    end before those of the next.
    """

    key: str
    node: yaml.Node
    first: int
    start: int
    """Where it begins itself, below its comment."""
    end: int
    column: int


class Text:
    """The lines of YAML that can be read (see `parse_yaml`)."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)

    def top(self) -> list[Part]:
        """The parts of the whole."""
        return self.parts(self.root, 0, len(self.lines))

    def inner(self, part: Part) -> list[Part]:
        """The parts of a part's value."""
        on_its_line = part.node.start_mark.line == part.start
        return self.parts(part.node, part.start + (not on_its_line), self.body(part))

    def parts(self, node: yaml.Node | None, begin: int, end: int) -> list[Part]:
        """The parts of a collection in the lines from `begin` to `end`; none where it is not in
        block style, or names one twice.
        """
        if not isinstance(node, yaml.CollectionNode) or node.flow_style:
            return []
        made: list[Part] = []
        for key, value, line, column in reversed([*_marked(node)]):
            first = self._above(line, column, begin)
            made.insert(0, Part(key, value, first, line, end, column))
            end = first
        return made if len({one.key for one in made}) == len(made) else []

    def body(self, part: Part) -> int:
        """The line after the last one that says something of `part`."""
        end = part.end
        while end > part.start + 1 and self._is_loose(self.lines[end - 1], part.column):
            end -= 1
        return end

    def _above(self, line: int, column: int, begin: int) -> int:
        """Where the comment above a line begins."""
        while line > begin and self.lines[line - 1].strip():
            if not self._is_loose(self.lines[line - 1], column):
                break
            line -= 1
        return line

    @staticmethod
    def _is_loose(line: str, column: int) -> bool:
        """Whether a line is blank, or a comment that is no part of what is set below `column`."""
        plain = line.lstrip(" ")
        return not plain.strip() or (plain[0] == "#" and len(line) - len(plain) <= column)


def plain(node: yaml.Node | None) -> Any:
    """What a node says, as `parse_yaml` has it: text, lists, mappings and None."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(one) for one in node.value]
    return None if node is None or node.tag == _NULL else node.value


def _marked(node: yaml.CollectionNode) -> Iterator[tuple[str, yaml.Node, int, int]]:
    """The parts of a collection, with the line and the column where each begins."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, value, key.start_mark.line, key.start_mark.column
        return
    for element in node.value:
        name = about(plain(element)) or ""
        yield name, element, element.start_mark.line, node.start_mark.column
