"""Publishing beside the least that git needs for it, in one run.

`python benchmarks/bench_publish.py` prints two tables: publishing 1, 100 and 1,000 artifacts of
1 kB against a raw `git fast-import` and `git push` of the same tree (goal: at most 1.3 times as
long), and four processes that publish 50 times each to one remote (goal: nothing lost, at most
0.2 retries each), on one machine and as if on four.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from peerplan_jupyter.git.repository import Repository, Signature
from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.publisher import publish

ADA = Signature("Ada", "ada@example.org")
BRANCH = "plan-artifacts"
PROCESSES, ROUNDS = 4, 50


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        os.environ.update(
            PEERPLAN_HOME=f"{root}/home", GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1"
        )
        console = Console()
        console.print(speed(Path(root)))
        console.print(contention(Path(root)))


def speed(root: Path) -> Table:
    table = Table("artifacts", "raw git, ms", "branch, ms", "ratio", "whole plan, ms", "ratio")
    table.title = "Publishing (median): the plan branch alone, and a plan through its workspace"
    for count, rounds in ((1, 25), (100, 15), (1000, 7)):
        raw, ours = Raw(root / f"raw{count}"), Ours(root / f"ours{count}")
        whole, whole_times = Whole(root / f"whole{count}"), []
        raw_times: list[float] = []
        our_times: list[float] = []
        for number in range(rounds):
            files = {f"{n}.txt": os.urandom(500).hex().encode() for n in range(count)}
            first, second = (raw, raw_times), (ours, our_times)
            for side, times in (first, second) if number % 2 else (second, first):
                times.append(timed(side.put, f"drafts/plan-p{number}", files))
            whole.prepare(f"p{number}-x", files)
            whole_times.append(timed(whole.put, f"p{number}-x", files))
        ours.close()
        whole.close()
        before, after = statistics.median(raw_times), statistics.median(our_times)
        everything = statistics.median(whole_times)
        table.add_row(
            str(count),
            f"{before:.1f}",
            f"{after:.1f}",
            f"{after / before:.2f}",
            f"{everything:.1f}",
            f"{everything / before:.2f}",
        )
    return table


class Raw:
    """The least: one stream into the branch itself, and a push."""

    def __init__(self, folder: Path) -> None:
        self.work = prepared(folder)
        self.started = False

    def put(self, folder: str, files: Mapping[str, bytes]) -> None:
        parts = [f"commit refs/heads/{BRANCH}\ncommitter {ADA} 0 +0000\ndata 1\nx".encode()]
        parts += [f"from refs/heads/{BRANCH}^0\n".encode()] if self.started else []
        for name, data in {"plan.json": b"{}", "plan.loro": b"x", **files}.items():
            parts.append(
                b"M 100644 inline %s/%s\ndata %d\n" % (folder.encode(), name.encode(), len(data))
            )
            parts.append(data)
        git = ["git", "-C", str(self.work)]
        subprocess.run([*git, "fast-import", "--quiet"], input=b"".join(parts), check=True)
        subprocess.run([*git, "push", "--quiet", "origin", BRANCH], check=True)
        self.started = True


class Ours:
    def __init__(self, folder: Path) -> None:
        self.repository = Repository.open(prepared(folder))

    def put(self, folder: str, files: Mapping[str, bytes]) -> None:
        plan = PlanFolder(b"{}", b"x", files)
        publish(self.repository, folder=folder, build=lambda _: plan, message="x", author=ADA)

    def close(self) -> None:
        self.repository.close()


class Whole:
    """A plan with its document, evidence and journal, as agents publish it."""

    def __init__(self, folder: Path) -> None:
        self.work = prepared(folder)
        self.workspace = Workspace(Home.under(folder / "home")).start()
        self.agent = self.workspace.actor("agent", "bench")

    def prepare(self, plan_id: str, files: Mapping[str, bytes]) -> None:
        """Make the plan with its evidence; not measured."""
        run = self.workspace.run
        made = CreatePlan(actor=self.agent, plan_id=plan_id, title="Bench", content="# Plan\n")
        run(self.workspace.create(made, self.work))
        for name, data in files.items():
            run(self.workspace.attach(plan_id, self.agent, data, name=name))

    def put(self, plan_id: str, _: Mapping[str, bytes]) -> None:
        self.workspace.run(self.workspace.publisher.publish(plan_id, ADA))

    def close(self) -> None:
        self.workspace.close()


def timed(put: Callable[[str, Mapping[str, bytes]], None], *args: object) -> float:
    start = time.perf_counter()
    put(*args)  # type: ignore[arg-type]
    return (time.perf_counter() - start) * 1000


def prepared(folder: Path) -> Path:
    folder.mkdir()
    for args in (["init", "--quiet", "--bare", "remote.git"], ["init", "--quiet", "work"]):
        subprocess.run(["git", "-C", str(folder), *args], check=True)
    work = folder / "work"
    subprocess.run(["git", "-C", str(work), "remote", "add", "origin", "../remote.git"], check=True)
    return work


def contention(root: Path) -> Table:
    table = Table("", "published", "lost", "retries each", "per second", "longest, ms")
    table.title = f"{PROCESSES} processes, {ROUNDS} each: publications of one plan to one remote"
    for machines, name in ((1, "one machine"), (PROCESSES, "as four machines")):
        folder = root / f"race{machines}"
        prepared(folder)
        start = time.perf_counter()
        writers = [writer(folder, number, machines) for number in range(PROCESSES)]
        said = [one.communicate()[0].split() for one in writers]
        seconds = time.perf_counter() - start
        total = PROCESSES * ROUNDS
        retries = sum(int(words[0]) for words in said)
        table.add_row(
            name,
            str(total),
            str(total - len(survivors(folder / "remote.git"))),
            f"{retries / total:.2f}",
            f"{total / seconds:.0f}",
            f"{max(float(words[1]) for words in said):.0f}",
        )
    return table


def writer(folder: Path, number: int, machines: int) -> subprocess.Popen[str]:
    clone = folder / f"work{number}"
    subprocess.run(["git", "init", "--quiet", str(clone)], check=True)
    remote = ["remote", "add", "origin", str(folder / "remote.git")]
    subprocess.run(["git", "-C", str(clone), *remote], check=True)
    home = f"{folder}/home{number % machines}"
    return subprocess.Popen(
        [sys.executable, __file__, str(clone), str(number)],
        env={**os.environ, "PEERPLAN_HOME": home},
        stdout=subprocess.PIPE,
        text=True,
    )


def write(clone: str, name: str) -> None:
    retries, longest = 0, 0.0
    with Repository.open(clone) as repository:
        for number in range(ROUNDS):
            line = f"{name}-{number}"

            def build(found: bytes | None, line: str = line) -> PlanFolder:
                lines = {*(found or b"").decode().split(), line}
                return PlanFolder(b"{}", " ".join(sorted(lines)).encode(), {})

            start = time.perf_counter()
            retries += publish(
                repository, folder="drafts/plan-race", build=build, message="x", author=ADA
            ).retries
            longest = max(longest, (time.perf_counter() - start) * 1000)
    print(retries, longest)


def survivors(remote: Path) -> set[str]:
    show = ["git", "-C", str(remote), "show", f"{BRANCH}:drafts/plan-race/plan.loro"]
    return set(subprocess.run(show, capture_output=True, text=True, check=True).stdout.split())


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else write(*sys.argv[1:])
