"""Three-way merge of texts, by lines (the diff3 algorithm; Khanna, Kunal and Pierce, 2007)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

MAX_WORK = 3_000_000


def merge3(base: str, ours: str, theirs: str) -> str | None:
    """`ours` and `theirs` joined, both made from `base`; None where they changed the same lines.

    The same change on both sides is no conflict. Changes to adjacent lines are one. Texts whose
    lines repeat so often that comparing them would take seconds count as in conflict.
    """
    if ours in (base, theirs):
        return theirs
    if base == theirs:
        return ours
    lines = [text.splitlines(keepends=True) for text in (base, ours, theirs)]
    if _work(lines[0], lines[1]) + _work(lines[0], lines[2]) > MAX_WORK:
        return None
    merged: list[str] = []
    for old, our, their in _chunks(*lines):
        chosen = _choose(old, our, their)
        if chosen is None:
            return None
        merged += chosen
    return "".join(merged)


def _work(base: list[str], other: list[str]) -> int:
    """Pairs of equal lines, which is what matching costs."""
    counts = Counter(other)
    return sum(counts[line] for line in base)


def _choose(old: list[str], our: list[str], their: list[str]) -> list[str] | None:
    if our in (old, their):
        return their
    return our if their == old else None


def _chunks(
    base: list[str], ours: list[str], theirs: list[str]
) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Runs of the three texts, alternately in agreement and not."""
    to_ours, to_theirs = _matches(base, ours), _matches(base, theirs)
    b = o = t = 0
    for line in range(len(base)):
        if line < b or line not in to_ours or line not in to_theirs:
            continue
        if to_ours[line] < o or to_theirs[line] < t:
            continue
        yield base[b:line], ours[o : to_ours[line]], theirs[t : to_theirs[line]]
        yield base[line : line + 1], base[line : line + 1], base[line : line + 1]
        b, o, t = line + 1, to_ours[line] + 1, to_theirs[line] + 1
    yield base[b:], ours[o:], theirs[t:]


def _matches(base: list[str], other: list[str]) -> dict[int, int]:
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {a + i: b + i for a, b, size in blocks for i in range(size)}
