"""Networks of namespaces: two hosts, each behind a router of its own, and an internet between.

one 10.1.0.2 — 10.1.0.1 one-router 203.0.113.2 — internet 203.0.113.1 — 203.0.113.3 …
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

SERVER = "203.0.113.1"
USER, PASSWORD = "reviewer", "secret"
_numbers = count()


def run(*command: str, stdin: str = "") -> None:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def require_networks() -> None:
    """Skips, saying what is missing, where namespaces cannot be made."""
    if sys.platform != "linux":
        pytest.skip("network namespaces are Linux's")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    missing = [name for name in ("ip", "nft") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    with Namespaces() as trial:
        try:
            trial.add("trial")
            trial.nft("trial", "add table ip trial")
        except AssertionError as error:
            pytest.skip(f"network namespaces are not to be had here: {error}")


class Namespaces:
    """Namespaces under names of this run, which end with it."""

    def __init__(self) -> None:
        self._prefix = f"peerplan-{os.getpid()}-{next(_numbers)}-"
        self._names: list[str] = []

    def __enter__(self) -> Namespaces:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            run("ip", "netns", "del", self._prefix + name)

    def add(self, name: str) -> None:
        run("ip", "netns", "add", self._prefix + name)
        self._names.append(name)
        self.do(name, "ip link set lo up")

    def inside(self, name: str) -> list[str]:
        """The command before a command that runs there."""
        return ["ip", "netns", "exec", self._prefix + name]

    def do(self, name: str, command: str) -> None:
        run(*self.inside(name), *command.split())

    def nft(self, name: str, rules: str) -> None:
        run(*self.inside(name), "nft", "-f", "-", stdin=rules)

    def wait_up(self, name: str) -> None:
        """Until the interface runs, which the kernel may say a second late; wrtc heeds that."""
        command = [*self.inside(name), "ip", "-br", "link", "show", "eth0"]
        until(
            lambda: (
                " UP "
                in subprocess.run(command, capture_output=True, text=True, check=False).stdout
            )
        )

    def cable(self, one: str, other: str, name: str, names: str) -> None:
        """Two interfaces, `name` in the first and `names` in the second, that are connected."""
        ends = [f"{name} netns {self._prefix}{one}", f"{names} netns {self._prefix}{other}"]
        run(*f"ip link add {ends[0]} type veth peer name {ends[1]}".split())

    def address(self, name: str, interface: str, address: str) -> None:
        self.do(name, f"ip addr add {address} dev {interface}")
        self.do(name, f"ip link set {interface} up")


@contextmanager
def cabled() -> Iterator[Namespaces]:
    """`one` and `other` on one cable, and nothing else: no route leads out."""
    with Namespaces() as spaces:
        spaces.add("one")
        spaces.add("other")
        spaces.cable("one", "other", "eth0", "eth0")
        spaces.address("one", "eth0", "192.0.2.1/24")
        spaces.address("other", "eth0", "192.0.2.2/24")
        spaces.wait_up("one")
        spaces.wait_up("other")
        yield spaces


@contextmanager
def internet(folder: Path) -> Iterator[Namespaces]:
    """`one` and `other` behind routers, and a coturn (STUN and TURN) at `SERVER`."""
    if shutil.which("turnserver") is None:
        pytest.skip("coturn is not installed")
    with Namespaces() as spaces, ExitStack() as stack:
        spaces.add("internet")
        spaces.do("internet", "ip link add br0 type bridge")
        spaces.address("internet", "br0", f"{SERVER}/24")
        # coturn drops an allocation when the kernel has no route to a candidate of the peer
        spaces.do("internet", "ip route add default via 203.0.113.254")
        for number, host in enumerate(("one", "other"), start=1):
            _home(spaces, number, host)
        stack.enter_context(
            coturn(spaces, folder, 3478, f"--lt-cred-mech --user={USER}:{PASSWORD}")
        )
        spaces.wait_up("one")
        spaces.wait_up("other")
        yield spaces


def _home(spaces: Namespaces, number: int, host: str) -> None:
    router = f"{host}-router"
    spaces.add(host)
    spaces.add(router)
    spaces.cable(host, router, "eth0", "inside")
    spaces.address(host, "eth0", f"10.{number}.0.2/24")
    spaces.address(router, "inside", f"10.{number}.0.1/24")
    spaces.do(host, f"ip route add default via 10.{number}.0.1")
    spaces.cable(router, "internet", "outside", f"to-{host}")
    spaces.address(router, "outside", f"203.0.113.{number + 1}/24")
    spaces.do("internet", f"ip link set to-{host} master br0 up")
    spaces.do(router, "sysctl -q -w net.ipv4.ip_forward=1")


def translate(spaces: Namespaces, how: str) -> None:
    """Makes both routers translate addresses: `` keeps ports, `fully-random` is symmetric.

    What nobody asked for is dropped unseen. An answer would make the router remember the packet,
    and it would then give another port to the packet that goes the same way outwards.
    """
    for host in ("one", "other"):
        rules = f"""
            add table ip nat
            flush table ip nat
            add chain ip nat out {{ type nat hook postrouting priority 100; }}
            add rule ip nat out oifname outside masquerade {how}
            add chain ip nat in {{ type filter hook input priority 0; }}
            add rule ip nat in iifname outside ip protocol udp drop
        """
        spaces.nft(f"{host}-router", rules)


def block(spaces: Namespaces, name: str, what: str) -> None:
    """Drops packets that come to a host, by an expression of nft."""
    rules = f"""
        add table inet wall
        flush table inet wall
        add chain inet wall in {{ type filter hook input priority 0; }}
        add rule inet wall in {what} drop
    """
    spaces.nft(name, rules)


def unblock(spaces: Namespaces, name: str) -> None:
    spaces.nft(name, "add table inet wall; flush table inet wall")


@contextmanager
def coturn(spaces: Namespaces, folder: Path, port: int, who: str) -> Iterator[None]:
    """A coturn at `SERVER`; `who` are the options that say whom it serves."""
    name = f"{folder}/turn-{port}"
    options = f"""
        --listening-ip={SERVER} --relay-ip={SERVER} --listening-port={port} {who}
        --realm=peerplan.test --no-tls --no-dtls --no-cli --simple-log
        --log-file={name}.log --pidfile={name}.pid --userdb={name}.db
    """
    command: Sequence[str] = [*spaces.inside("internet"), "turnserver", "-n", *options.split()]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            wait_listening(spaces, port, "udp", "tcp")
            yield
        finally:
            process.terminate()


def wait_listening(spaces: Namespaces, port: int, *protocols: str) -> None:
    """Until something in `internet` listens at that port."""
    command = [*spaces.inside("internet"), "ss", "-lnH", f"sport = :{port}"]

    def listens() -> bool:
        seen = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return all(one in seen for one in protocols)

    until(listens)


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Waits until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the network did not come up"
        time.sleep(0.05)
