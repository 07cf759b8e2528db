"""The lines of `examples/site.md`, which play the demo and make a site of what came of it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "site.md"


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


class Example:
    """The blocks of the example, run in one shell each in a folder of their own; the demo tells its
    events as JSON.
    """

    def __init__(self, folder: Path, chromium: Path) -> None:
        self.folder, self.said = folder, ""
        self.port = free_port()
        text = EXAMPLE.read_text("utf-8").replace("8000", self.port).replace("8765", free_port())
        self.blocks = dict[str, str]()
        for name, lines in re.findall(r"```sh ?(\w*)\n(.*?)```", text, re.DOTALL):
            self.blocks[name] = self.blocks.get(name, "") + lines
        settings = folder / "gitconfig"
        settings.write_text("[user]\nname = Ada\nemail = ada@example.org\n")
        self.env = os.environ | {
            "HOME": str(folder / "user"), "PEERPLAN_HOME": str(folder / "home"),
            "GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1",
            "PEERPLAN_CHROMIUM": str(chromium),
        }  # fmt: skip

    def run(self, name: str, where: str = ".") -> str:
        done = subprocess.run(
            ["sh", "-c", self._script(name)], cwd=self.folder / where, env=self.env,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[None]:
        """While what the block starts goes on, in the place of its shell."""
        process = subprocess.Popen(
            ["sh", "-c", self._script(name, "exec ")], cwd=self.folder / "shop/work", env=self.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)

    def _script(self, name: str, before: str = "") -> str:
        python = f'{before}"{sys.executable}"'
        lines = re.sub(r"^((?:\w+=\S+ )?)peerplan ", rf"\1{python} -m peerplan_jupyter.cli ",
                       self.blocks[name], flags=re.MULTILINE)  # fmt: skip
        lines = lines.replace("cli demo --play", "cli demo --json --play")
        return "set -e\n" + re.sub(r"^python ", f"{python} ", lines, flags=re.MULTILINE)
