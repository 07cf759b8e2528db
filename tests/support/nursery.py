"""Processes that need not import what takes a second: they are forked by one that has imported it.

`python -m tests.support.nursery MODULE SOCKET [IMPORTED…]` forks a child for each request, which
does what `python -m MODULE` does, to the end of its interpreter.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
CLONE_NEWNET = 0x40000000


class Child:
    """What is used here of a `subprocess.Popen[str]`, for a process whose parent is another."""

    def __init__(self, told: int, stdin: IO[str], stdout: IO[str]) -> None:
        self._told = os.fdopen(told, "rb", 0)
        self.stdin, self.stdout = stdin, stdout
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = int(self._told.readline())
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.wait()
        self.stdout.close()
        self._told.close()


class Nursery:
    """The process that forks, begun; it ends with this one."""

    def __init__(self, module: str, *imported: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-m", __name__, module, str(number), *imported]
            self._process = subprocess.Popen(command, pass_fds=[number], cwd=ROOT)
        atexit.register(self.close)

    def start(
        self,
        *arguments: str,
        network: str = "",
        folder: Path = ROOT,
        environment: Mapping[str, str] = os.environ,
        complaints: Path | None = None,
    ) -> Child:
        """A child with these arguments, in a network of `ip netns` if one is named. What it says on
        standard error goes into the file `complaints` if there is one.
        """
        given, stdin = os.pipe()
        stdout, said = os.pipe()
        told, telling = os.pipe()
        asked = {"arguments": arguments, "network": network, "folder": str(folder)}
        asked |= {"complaints": str(complaints or ""), "environment": dict(environment)}
        fds = [given, said, telling]
        socket.send_fds(self._socket, [json.dumps(asked).encode()], fds)
        for one in fds:
            os.close(one)
        return Child(told, os.fdopen(stdin, "w"), os.fdopen(stdout))

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def nursery(module: str, *imported: str) -> Nursery:
    """The one that forks processes of this module."""
    return Nursery(module, *imported)


def serve(module: Any, requests: socket.socket) -> None:
    """Returns in each child when it is over, and in this process when nobody can ask any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for who waits for a child
    while True:
        message, fds, _, _ = socket.recv_fds(requests, 1 << 20, 3)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if child := os.fork():
                stay_with(child, fds)
            become(json.loads(message), fds)
            module.main()
            return
        for one in fds:
            os.close(one)


def stay_with(child: int, fds: Sequence[int]) -> None:
    """Tells who asked what it is, and at its end how it ended."""
    given, said, telling = fds
    os.close(given)
    os.close(said)
    os.write(telling, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(telling, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(asked: dict[str, Any], fds: Sequence[int]) -> None:
    given, said, telling = fds
    os.dup2(given, 0)
    os.dup2(said, 1)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - the one before may seek
    for one in (given, said, telling):
        os.close(one)
    if asked["complaints"]:
        os.dup2(os.open(asked["complaints"], os.O_WRONLY | os.O_CREAT), 2)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv[1:] = asked["arguments"]
    if asked["network"]:
        with Path("/run/netns", asked["network"]).open() as network:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(network.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")


if __name__ == "__main__":
    for name in sys.argv[3:]:
        importlib.import_module(name)
    with socket.socket(fileno=int(sys.argv[2])) as asking:
        serve(importlib.import_module(sys.argv[1]), asking)
