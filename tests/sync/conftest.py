"""What the tests of `sync` share: Node with the published packages, and real Loro ports."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import loro
import pytest
from filelock import FileLock
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from peerplan_jupyter.errors import NotFoundError
from peerplan_jupyter.plan.guard import guarded
from peerplan_jupyter.sync.connection import Connection
from peerplan_jupyter.sync.events import Role
from peerplan_jupyter.sync.introduction import Terms
from peerplan_jupyter.sync.room import Room
from peerplan_jupyter.sync.transports.handler import HandlerSocket

from ..support.node import node_commands

NPM = Path(__file__).parent / "npm"
JS = Path(__file__).parents[2] / "js"


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
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pages that are peers, and of a peer in Node: see `js/tests/sync/bundle.mjs`."""
    folder = tmp_path_factory.mktemp("page")
    node, _ = node_commands()
    command = [*node, "tests/sync/bundle.mjs", str(folder)]
    done = subprocess.run(command, check=False, cwd=JS, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


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

    def updates_in(self, peer: int, start: int, end: int) -> bytes:
        with guarded("Exporting"):
            span = loro.IdSpan(peer, loro.CounterSpan(start, end))
            return self.doc.export(loro.ExportMode.UpdatesInRange([span]))

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


TOKEN = "token of the tests"


class PeerHandler(WebSocketHandler):
    """The few lines by which a tornado application serves peers."""

    def initialize(
        self,
        make: Callable[[], Connection],
        loop: asyncio.AbstractEventLoop,
        handlers: list[PeerHandler],
    ) -> None:
        self.make, self.loop, self.handlers = make, loop, handlers

    def prepare(self) -> None:
        sent = self.request.headers.get("Authorization", "")
        if TOKEN not in (sent.removeprefix("token "), self.get_argument("token", "")):
            self.set_status(403)
            self.finish()

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002 - from anywhere
        """Pages of another address come with the token too."""
        return True

    def open(self) -> None:
        self.socket = HandlerSocket(self, self.loop, self.make)
        self.handlers.append(self)

    async def on_message(self, message: str | bytes) -> None:
        await self.socket.message(message)

    def on_close(self) -> None:
        self.socket.closed()


class Server:
    """A tornado application that serves rooms; made by `serve`."""

    def __init__(self, port: int, handlers: list[PeerHandler]) -> None:
        self.url, self.port = f"ws://127.0.0.1:{port}/peers", port
        self._handlers = handlers

    @property
    def browser_url(self) -> str:
        """The address for clients that cannot send headers."""
        return f"{self.url}?token={TOKEN.replace(' ', '+')}"

    async def drop(self) -> None:
        """Cuts every connection, as a network does."""
        for handler in self._handlers:
            if handler.ws_connection is not None:
                handler.ws_connection.stream.close()
            await handler.socket.wait_closed()


@pytest.fixture
def serve() -> Callable[..., Any]:
    """`async with serve(room, ...) as server`: serves the rooms on a socket of this machine.

    `loop` is where the rooms live, if that is not the loop of the server.
    """

    @asynccontextmanager
    async def _serve(
        *rooms: Room,
        port: int = 0,
        loop: asyncio.AbstractEventLoop | None = None,
        **terms: Any,
    ) -> AsyncIterator[Server]:
        loop = loop or asyncio.get_running_loop()
        terms.setdefault("admit", lambda _room, _who: "write")
        named = {room.name: room for room in rooms}
        connections: list[Connection] = []

        def open_room(name: str) -> Room:
            if name not in named:
                raise NotFoundError(f"There is no room {name!r}.")
            return named[name]

        def make() -> Connection:
            connections.append(Connection(Role.RECEIVER, Terms(**terms), open_room=open_room))
            return connections[-1]

        handlers: list[PeerHandler] = []
        given = {"make": make, "loop": loop, "handlers": handlers}
        http = HTTPServer(Application([("/peers", PeerHandler, given)]))
        [socket] = bind_sockets(port, "127.0.0.1")
        http.add_socket(socket)
        try:
            yield Server(socket.getsockname()[1], handlers)
        finally:
            for connection in connections:
                loop.call_soon_threadsafe(connection.close, "The server stops.", 1001)
            http.stop()
            await http.close_all_connections()
            for handler in handlers:
                await handler.socket.wait_closed()

    return _serve


async def eventually(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Waits until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., Any]:
    return eventually


class NodeProcess:
    """A script of `npm/` that answers commands."""

    def __init__(self, process: asyncio.subprocess.Process, arguments: tuple[str, ...]) -> None:
        self._process, self.arguments = process, arguments

    async def answer(self) -> Any:
        assert self._process.stdout
        async with asyncio.timeout(30):
            while line := await self._process.stdout.readline():
                if line.startswith(b"="):
                    return json.loads(line[1:])
        raise AssertionError("The script ended.")

    async def do(self, command: str, **arguments: Any) -> Any:
        """Runs a command of client.mjs; its result."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": command, **arguments}).encode() + b"\n")
        answer = await self.answer()
        assert "error" not in answer, answer["error"]
        return answer["result"]


async def _ended(process: asyncio.subprocess.Process) -> None:
    assert process.stdin
    process.stdin.close()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    # On 3.11 the transport would be closed only by the collector, after the loop.
    process._transport.close()  # type: ignore[attr-defined]


@asynccontextmanager
async def _started(command: list[str], arguments: tuple[str, ...]) -> AsyncIterator[NodeProcess]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=2**24)
    try:
        yield NodeProcess(process, arguments)
    finally:
        await _ended(process)


@pytest.fixture
def start_node(node_scripts: Callable[..., list[str]]) -> Callable[..., Any]:
    """`async with start_node("client.mjs", url) as process`."""
    return lambda script, *arguments: _started(node_scripts(script, *arguments), arguments)


@pytest.fixture
def start_peer(bundle: Path) -> Callable[..., Any]:
    """`async with start_peer(url) as process`: takes the commands of `room_peer.ts`."""
    node, _ = node_commands()
    script, wasm = str(bundle / "socket_peer.mjs"), str(bundle / "loro_wasm_bg.wasm")
    return lambda url="": _started([*node, script, url, wasm], (url,))
