"""Publishing beside the least that git needs for it, in one run.

`python benchmarks/bench_publish.py` prints two tables: publishing a plan with 1, 100 and 1,000
artifacts of 1 kB (document export, `plan.json`, evidence, journal, git) against a raw
`git fast-import` and `git push` of the same tree (goal: at most 1.3 times as long), and four
processes that publish 50 times each to one remote (goal: nothing lost, at most 0.2 retries each),
on one machine and as if on four. It takes about a minute.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from peerplan_jupyter.evidence.intake import take_bytes
from peerplan_jupyter.git.repository import Repository, Signature
from peerplan_jupyter.plan.document import PlanDocument
from peerplan_jupyter.plan.handlers import handle
from peerplan_jupyter.plan.ids import new_id
from peerplan_jupyter.plan.operations import AddArtifact, CreatePlan
from peerplan_jupyter.review.publishing import plan_json
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.branch import PlanFolder
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.store.publisher import publish
from peerplan_jupyter.sync.plans import Plans

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
    table = Table("artifacts", "", "median, ms", "ratio", "best, ms", "ratio", "CPU, ms", "gits")
    table.title = "Publishing a new plan; gits: git processes, those that git starts too"
    for count, rounds in ((1, 31), (100, 21), (1000, 11)):
        sides = [Raw(root / f"raw{count}"), Ours(root / f"ours{count}")]
        sides.append(Whole(root / f"whole{count}"))
        whole = sides[-1]
        assert isinstance(whole, Whole)
        for number in range(rounds):
            files = {f"{n}.txt": os.urandom(500).hex().encode() for n in range(count)}
            plan = whole.prepared(f"p{number}-x", files)
            for side in sides[number % 3 :] + sides[: number % 3]:
                side.measure(f"p{number}-x", plan, counted=number == 1)
        if len({side.tree() for side in sides}) > 1:
            raise SystemExit("The sides did not publish the same.")
        for side in sides:
            table.add_row(str(count) if side is sides[0] else "", *side.row(sides[0]))
            side.close()
        table.add_section()
    return table


@dataclass
class Side:
    """One way to publish, with what it took each time."""

    folder: Path
    name = ""
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    gits: int = 0
    rounds: int = 0

    def __post_init__(self) -> None:
        self.work = prepared(self.folder)

    def put(self, plan_id: str, plan: PlanFolder) -> None:
        raise NotImplementedError

    def measure(self, plan_id: str, plan: PlanFolder, *, counted: bool) -> None:
        """Publish; `counted` counts processes instead of milliseconds."""
        self.rounds += 1
        if counted:
            traces = self.folder / "traces"
            traces.mkdir()
            os.environ["GIT_TRACE2_EVENT"] = str(traces)
            self.put(plan_id, plan)
            del os.environ["GIT_TRACE2_EVENT"]
            self.gits = len(list(traces.iterdir()))
            return
        start, before = time.perf_counter(), cpu()
        self.put(plan_id, plan)
        self.times.append((time.perf_counter() - start) * 1000)
        self.cpu.append((cpu() - before) * 1000)

    def row(self, raw: Side) -> list[str]:
        median, best = statistics.median(self.times), min(self.times)
        return [
            self.name,
            f"{median:.1f}",
            f"{median / statistics.median(raw.times):.2f}",
            f"{best:.1f}",
            f"{best / min(raw.times):.2f}",
            f"{statistics.median(self.cpu):.0f}",
            str(self.gits),
        ]

    def tree(self) -> str:
        show = ["git", "-C", str(self.folder / "remote.git"), "rev-parse", f"{BRANCH}^{{tree}}"]
        return subprocess.run(show, capture_output=True, text=True, check=True).stdout

    def close(self) -> None:
        """Give back what it holds."""


class Raw(Side):
    """The least: one stream into the branch itself, and a push."""

    name = "raw git"

    def put(self, plan_id: str, plan: PlanFolder) -> None:
        parts = [f"commit refs/heads/{BRANCH}\ncommitter {ADA} 0 +0000\ndata 1\nx".encode()]
        parts += [f"from refs/heads/{BRANCH}^0\n".encode()] if self.rounds > 1 else []
        folder = f"drafts/plan-{plan_id}"
        for name, data in plan.files().items():
            content = data if isinstance(data, bytes) else data.read_bytes()
            parts.append(f"M 100644 inline {folder}/{name}\ndata {len(content)}\n".encode())
            parts.append(content)
        git = ["git", "-C", str(self.work)]
        subprocess.run([*git, "fast-import", "--quiet"], input=b"".join(parts), check=True)
        subprocess.run([*git, "push", "--quiet", "origin", BRANCH], check=True)


class Ours(Side):
    """The plan branch alone, given a finished folder."""

    name = "branch"

    def put(self, plan_id: str, plan: PlanFolder) -> None:
        folder = f"drafts/plan-{plan_id}"
        with Repository.open(self.work) as repository:
            publish(repository, folder=folder, build=lambda _: plan, message="x", author=ADA)


class Whole(Side):
    """A plan with its document, evidence and journal, as agents publish it."""

    name = "whole plan"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.workspace = Workspace(Home.under(self.folder / "home")).start()
        self.agent = self.workspace.actor("agent", "bench")

    def prepared(self, plan_id: str, files: dict[str, bytes]) -> PlanFolder:
        """Make the plan with its evidence, in one go, and say what its folder will be."""
        made = CreatePlan(actor=self.agent, plan_id=plan_id, title="Bench", content="# Plan\n")
        document, _ = PlanDocument.create(made)
        paths = {}
        for name, data in files.items():
            taken = take_bytes(self.workspace.blobs, data, name)
            fields = {**taken.fields(), "actor": self.agent, "artifactId": new_id()}
            handle(document, AddArtifact.model_validate(fields))
            paths[name] = self.workspace.blobs.path(taken.blob.hash)
        updates = document.updates_since()
        self.workspace.peer.call(lambda plans: plans.take_in(plan_id, updates))
        self.workspace.run(self.workspace.bind(plan_id, self.work))
        written, exported = self.workspace.peer.call(lambda plans: exports(plans, plan_id))
        return PlanFolder(written, exported, paths)

    def put(self, plan_id: str, plan: PlanFolder) -> None:  # noqa: ARG002
        self.workspace.run(self.workspace.publisher.publish(plan_id, ADA))

    def close(self) -> None:
        self.workspace.close()


def exports(plans: Plans, plan_id: str) -> tuple[bytes, bytes]:
    document = plans.get(plan_id)
    return plan_json(document.plan()), document.updates_since()


def cpu() -> float:
    """Seconds of CPU that this process and its ended children have used."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


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
