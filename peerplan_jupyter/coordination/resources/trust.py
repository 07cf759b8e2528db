"""What others wrote and a program would act upon: used only after the person has agreed to it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...errors import StorageError
from ..home import OrcHome
from ..project import Project
from ..yamlfile import write_atomically
from .items import Item, Origin


@dataclass(frozen=True)
class Untrusted:
    """An item from the repository that the person has not agreed to. `before` is what they last
    agreed to under its name, if they did.
    """

    item: Item
    digest: str
    slot: str
    before: bytes | None

    @property
    def title(self) -> str:
        """How it is called when it is asked about."""
        return f"{self.item.kind} {self.item.name} ({self.item.where})"


class Trust:
    """What the person has agreed to, kept under `~/.orc/trust` by the hash of its content.

    Agreeing to a prompt, a skill or a template holds in every project: the same text says the
    same everywhere. Agreeing to a command holds in this repository only, since what it runs is
    what lies here.
    """

    def __init__(self, home: OrcHome) -> None:
        self._folder = home.trust

    def unknown(self, project: Project, items: Iterable[Item]) -> list[Untrusted]:
        """Those of `items` that came from the repository and were not agreed to, once each."""
        found = [self._seen(project, item) for item in _foreign(project, list(items))]
        by_digest = {one.digest: one for one in found}
        return [one for one in by_digest.values() if not (self._folder / one.digest).is_file()]

    def agree(self, items: Iterable[Untrusted]) -> None:
        """Record that the person agreed. `StorageError` where that cannot be written."""
        for one in items:
            item = one.item
            facts = {"kind": item.kind, "name": item.name, "where": item.where}
            self._write(
                one.digest, json.dumps({**facts, "content": item.content.decode("latin-1")})
            )
            self._write(one.slot, one.digest)

    def _seen(self, project: Project, item: Item) -> Untrusted:
        place = str(project.common_dir).encode()
        bound = place if item.is_command else b""
        digest = _hash(item.kind.encode(), bound, item.content)
        slot = f"last-{_hash(item.kind.encode(), item.name.encode(), place)}"
        return Untrusted(item, digest, slot, self._before(slot))

    def _before(self, slot: str) -> bytes | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            digest = (self._folder / slot).read_text("ascii")
            kept = json.loads((self._folder / digest).read_text("utf-8"))
            return str(kept["content"]).encode("latin-1")
        return None

    def _write(self, name: str, text: str) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self._folder} cannot be made: {error.strerror or error}.",
                hint="What you agree to is kept there.",
            ) from None
        write_atomically(self._folder / name, text)


def _foreign(project: Project, items: Sequence[Item]) -> list[Item]:
    """The items that whoever can push may have written: a file under `.orc/local` counts as the
    person's only while git does not track it.
    """
    local = [item.where for item in items if item.origin is Origin.LOCAL]
    tracked = _tracked(project) if local else frozenset()
    return [
        item
        for item in items
        if item.origin is Origin.REPOSITORY
        or (item.origin is Origin.LOCAL and item.where.casefold() in tracked)
    ]


def _tracked(project: Project) -> frozenset[str]:
    asked = (":(icase).orc/local",)
    done = project.runner.run("ls-files", "-z", "--", *asked)
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(str(project.root / name).casefold() for name in names if name)


def _hash(*parts: bytes) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(f"{len(part)}:".encode() + part)
    return made.hexdigest()
