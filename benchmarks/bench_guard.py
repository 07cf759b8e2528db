"""Guards and leases beside the least that they rest on, in one run.

`uv run python benchmarks/bench_guard.py` prints medians and 95th percentiles in milliseconds:
taking the guard of a run and giving it back (goal: at most 1 ms) beside `fcntl.flock` and
`filelock` alone; the lease among those who share a file system beside filelock's own; and the lease
across machines (goal: at most 50 ms to take it) beside `git push` of a commit that is there
already, to a bare repository on the same disk. It takes about half a minute.
"""

from __future__ import annotations

import fcntl
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import filelock
from rich.console import Console
from rich.table import Table

from peerplan_jupyter.coordination.locks.file_lock import FileLock
from peerplan_jupyter.coordination.locks.git_lease import Answer, GitLease
from peerplan_jupyter.coordination.locks.guard import RunGuard
from peerplan_jupyter.coordination.locks.remote_lease import Holder
from peerplan_jupyter.git.remote import find_remote
from peerplan_jupyter.git.repository import Repository

REF = "refs/orc/leases/raw"


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
        console = Console()
        console.print(local(Path(root)))
        console.print(remote(Path(root)))


def local(root: Path) -> Table:
    table = Table("", "median, ms", "p95, ms", title="On one file system: taken and given back")
    guard = RunGuard(root / "run", "TASK-AM-001", "am")
    lease = FileLock(root / "lease", "alice@laptop")
    soft = filelock.SoftFileLease(root / "soft.lock", lease_duration=60)
    plain = filelock.FileLock(root / "plain.lock")

    def both(take: Callable[[], object], give: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            take()
            give()

        return run

    for name, run in {
        "fcntl.flock": lambda: flock(root / "raw.lock"),
        "filelock": both(plain.acquire, plain.release),
        "guard": both(guard.acquire, guard.release),
        "filelock's lease": both(soft.acquire, soft.release),
        "lease": both(lease.try_acquire, lease.release),
    }.items():
        table.add_row(name, *told([timed(run) for _ in range(1001)]))
    with guard:
        table.add_row("who runs?", *told([timed(guard.holder) for _ in range(1001)]))
    return table


def flock(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def remote(root: Path) -> Table:
    git(root, "init", "--quiet", "--bare", "remote.git")
    table = Table("", "git push, ms", "p95", "lease, ms", "p95", "ratio")
    table.title = "Across machines, to a bare repository on this disk"
    ada, bob = leases(root, "ada"), leases(root, "bob")
    work = root / "raw"
    clone(root, "raw")
    first, second = (commit(work, name) for name in ("first", "second"))
    raw: dict[str, list[float]] = {}
    ours: dict[str, list[float]] = {}
    for _ in range(41):
        for step, spec, ask, answer in (
            ("take", f"{first}:{REF}", ada.acquire, Answer.ACQUIRED),
            ("renew", f"{second}:{REF}", ada.renew, Answer.RENEWED),
            ("is refused", f"{first}:{REF}", bob.acquire, Answer.HELD),
            ("give back", f":{REF}", ada.release, Answer.RELEASED),
        ):
            expected = {"take": "", "renew": first, "give back": second, "is refused": ""}[step]
            begun = time.perf_counter()
            push = ["push", "--quiet", f"--force-with-lease={REF}:{expected}", "origin", spec]
            git(work, *push, check=step != "is refused")
            raw.setdefault(step, []).append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            if ask().answer is not answer:
                raise SystemExit(f"A lease did not {step}.")
            ours.setdefault(step, []).append((time.perf_counter() - begun) * 1000)
    for step, times in raw.items():
        ratio = statistics.median(ours[step]) / statistics.median(times)
        table.add_row(step, *told(times), *told(ours[step]), f"{ratio:.2f}")
    return table


def leases(root: Path, name: str) -> GitLease:
    repository = Repository.open(clone(root, name))
    origin = find_remote(repository, "origin")
    assert origin is not None
    return GitLease(repository, origin, "TASK-AM-001", Holder(name, name, name, name))


def clone(root: Path, name: str) -> Path:
    git(root, "init", "--quiet", name)
    git(root / name, "remote", "add", "origin", "../remote.git")
    return root / name


def commit(work: Path, name: str) -> str:
    settings = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    tree = git(work, "hash-object", "-w", "-t", "tree", os.devnull)
    return git(work, *settings, "commit-tree", tree, "-m", name)


def git(folder: Path, *args: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *args], capture_output=True, text=True, check=check
    )
    return done.stdout.strip()


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


def told(times: list[float]) -> list[str]:
    return [f"{statistics.median(times):.3f}", f"{statistics.quantiles(times, n=20)[-1]:.3f}"]


if __name__ == "__main__":
    main()
