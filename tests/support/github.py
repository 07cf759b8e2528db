"""GitHub's REST API as far as a page needs it, over a real bare repository: docs.github.com/rest.

It behaves as GitHub does: private repositories answer 404 without a token, refs move forward only,
other origins may ask, with the headers that GitHub lets them send.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ALLOWED = "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match"
Answer = tuple[int, Any]


class GitHub:
    """The host of one private repository. `before_move` is called before a ref is moved."""

    def __init__(self, repository: Path, token: str, writer: str = "") -> None:
        self._repository = repository
        self.token, self.writer = token, writer or token
        self.asked: list[tuple[str, str, str]] = []
        """Method, path and the Authorization header of every request."""
        self.before_move: Callable[[], None] = lambda: None

    def git(self, *args: str, data: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", *args], cwd=self._repository, input=data, capture_output=True, check=False
        )
        if done.returncode:
            raise LookupError(done.stderr.decode())
        return done.stdout

    def line(self, *args: str, data: bytes = b"") -> str:
        return self.git(*args, data=data).decode().strip()

    def answer(self, method: str, url: str, auth: str, accept: str, body: Any) -> Answer:
        parts = urlsplit(url)
        path = re.sub(r"^/api/v3/repos/acme/rocket", "", parts.path)
        self.asked.append((method, parts.path, auth))
        if auth not in {f"Bearer {self.token}", f"Bearer {self.writer}"}:
            if auth:
                return 401, {"message": "Bad credentials"}
            return 404, {"message": "Not Found"}
        if method != "GET" and auth != f"Bearer {self.writer}":
            return 403, {"message": "Resource not accessible by personal access token"}
        try:
            return self._answer(method, path, parse_qs(parts.query), accept, body)
        except LookupError:
            return 404, {"message": "Not Found"}

    def _answer(
        self, method: str, path: str, query: dict[str, list[str]], accept: str, body: Any
    ) -> Answer:
        for verb, form, handler in self._routes():
            match = re.fullmatch(form, path)
            if verb == method and match:
                named = [unquote(one) for one in match.groups()]
                return handler(*named, query=query, accept=accept, body=body)
        return 404, {"message": "Not Found"}

    def _routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("GET", "", lambda **_: (200, {"private": True})),
            ("GET", "/branches/(.+)", self._branch),
            ("GET", "/contents/(.+)", self._contents),
            ("GET", "/git/ref/(.+)", self._ref),
            ("GET", "/git/commits/(.+)", self._commit),
            ("GET", "/git/blobs/(.+)", self._blob),
            ("POST", "/git/blobs", self._new_blob),
            ("POST", "/git/trees", self._new_tree),
            ("POST", "/git/commits", self._new_commit),
            ("PATCH", "/git/refs/(.+)", self._move),
        ]

    def _branch(self, name: str, **_: Any) -> Answer:
        return 200, {"name": name, "commit": {"sha": self.line("rev-parse", f"refs/heads/{name}")}}

    def _contents(self, path: str, *, query: Any, accept: str, **_: Any) -> Answer:
        place = f"{query['ref'][0]}:{path}"
        if self.line("cat-file", "-t", place) == "tree":
            lines = self.line("ls-tree", place).splitlines()
            entries = (re.split(r"[ \t]", line, maxsplit=3) for line in lines)
            return 200, [{"name": one[3], "type": "file", "sha": one[2]} for one in entries]
        assert "raw" in accept
        return 200, self.git("cat-file", "blob", place)

    def _ref(self, name: str, **_: Any) -> Answer:
        sha = self.line("rev-parse", "--verify", f"refs/{name}")
        return 200, {"ref": f"refs/{name}", "object": {"type": "commit", "sha": sha}}

    def _commit(self, sha: str, **_: Any) -> Answer:
        return 200, {"sha": sha, "tree": {"sha": self.line("rev-parse", f"{sha}^{{tree}}")}}

    def _blob(self, sha: str, **_: Any) -> Answer:
        content = base64.encodebytes(self.git("cat-file", "blob", sha)).decode()
        return 200, {"sha": sha, "encoding": "base64", "content": content}

    def _new_blob(self, *, body: Any, **_: Any) -> Answer:
        data = base64.b64decode(body["content"])
        return 201, {"sha": self.line("hash-object", "-w", "--stdin", data=data)}

    def _new_tree(self, *, body: Any, **_: Any) -> Answer:
        listed = self.line("ls-tree", "-r", body["base_tree"]).splitlines()
        files = {line.partition("\t")[2]: line.split()[2] for line in listed}
        files |= {one["path"]: one["sha"] for one in body["tree"]}
        return 201, {"sha": self._tree(files)}

    def _tree(self, files: dict[str, str]) -> str:
        folders: dict[str, dict[str, str]] = {}
        lines = []
        for path, sha in files.items():
            head, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(head, {})[rest] = sha
            else:
                lines.append(f"100644 blob {sha}\t{head}")
        lines += [f"040000 tree {self._tree(inner)}\t{name}" for name, inner in folders.items()]
        return self.line("mktree", data="\n".join([*lines, ""]).encode())

    def _new_commit(self, *, body: Any, **_: Any) -> Answer:
        parents = [word for parent in body["parents"] for word in ("-p", parent)]
        who = ["-c", "user.name=Rita", "-c", "user.email=rita@example.org"]
        made = self.line(*who, "commit-tree", body["tree"], *parents, "-m", body["message"])
        return 201, {"sha": made}

    def _move(self, name: str, *, body: Any, **_: Any) -> Answer:
        self.before_move()
        old = self.line("rev-parse", f"refs/{name}")
        try:
            self.git("merge-base", "--is-ancestor", old, body["sha"])
        except LookupError:
            assert body["force"] is False
            return 422, {"message": "Update is not a fast forward"}
        self.git("update-ref", f"refs/{name}", body["sha"], old)
        return 200, {"ref": f"refs/{name}", "object": {"sha": body["sha"]}}


@contextlib.contextmanager
def serving(github: GitHub) -> Iterator[str]:
    """The address of the API, without a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_OPTIONS(self) -> None:
            self._send(204, b"", "text/plain")

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            auth, accept = self.headers.get("Authorization", ""), self.headers.get("Accept", "")
            status, told = github.answer(self.command, self.path, auth, accept, body)
            raw = isinstance(told, bytes)
            data = told if raw else json.dumps(told).encode()
            self._send(status, data, "application/octet-stream" if raw else "application/json")

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815

        def _send(self, status: int, data: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", ALLOWED)
            self.send_header("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE")
            self.send_header("Cache-Control", "private, max-age=60")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
