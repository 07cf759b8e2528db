"""Changes of tasks' states beside the least that git needs for them, in one run.

`python benchmarks/bench_orc_state.py` prints recording a change beside one `git fast-import` of the
same files (goal: 15 ms), a new id with its files in a project of 10,000 tasks (goal: 5 ms), and all
of `orc new` there, in process and without a remote, beside `git --version`; and four writers that
record and publish 50 changes each to one remote beside four that push to a branch each with plain
git (goal: nothing lost, no retries). It takes about a minute.

A new id with its files asks git nothing while nobody else has moved a ref. Recording them takes
three processes of git: its configuration, the states for the clock, and moving the branch.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from peerplan_jupyter.coordination.ids.generator import TaskIdGenerator
from peerplan_jupyter.coordination.making import Wanted, make_task
from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.tasks.plan import TaskPlan
from peerplan_jupyter.coordination.tasks.store import checked
from peerplan_jupyter.coordination.tasks.task import Maker, Task, new_uid, now
from peerplan_jupyter.coordination.workspace import OrcWorkspace

WRITERS, ROUNDS = 4, 50
FILE = ".orc/tasks/TASK-AM-001/changes.yaml"


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        names = {
            f"GIT_{who}_{what}": "a@b"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", **names)
        console = Console()
        console.print(alone(Path(root)))
        console.print(together(Path(root)))


def alone(root: Path) -> Table:
    table = Table("", "median, ms", "best, ms", "p95, ms", title="one writer")
    work = clone(root, "alone")
    plain = [timed(lambda n=n: fast_import(work, n)) for n in range(ROUNDS)]
    workspace = opened(work, "AM", root / "home")
    changes = [{"title": f"Change {number}"} for number in range(ROUNDS)]
    record = [
        timed(lambda one=one: workspace.writer.record("TASK-AM-001", "renamed", changes=one))
        for one in changes
    ]
    for number in range(1, 10_001):
        (work / f".orc/tasks/TASK-AM-{number:03d}").mkdir(parents=True, exist_ok=True)
    git(work, "commit", "-q", "--allow-empty", "-m", "Begin")
    project = Project.find(work)
    generator = TaskIdGenerator("p2p", "AM", project, remote=None, own_ref=workspace.writer.ref)
    time.sleep(0.1)
    generator.next()
    ids = [timed(lambda: files(workspace, generator)) for _ in range(200)]
    wanted = [Wanted(f"Task {number}") for number in range(ROUNDS)]
    new = [timed(lambda one=one: make_task(workspace, one)) for one in wanted]
    version = [timed(lambda: git(work, "--version")) for _ in range(ROUNDS)]
    rows = (
        ("git --version", version),
        ("git fast-import", plain),
        ("record", record),
        ("new: id and files", ids),
        ("all of orc new", new),
    )
    for name, times in rows:
        middle, late = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        table.add_row(name, f"{middle:.1f}", f"{min(times):.1f}", f"{late:.1f}")
    return table


def files(workspace: OrcWorkspace, generator: TaskIdGenerator) -> None:
    """A new task as `make_task` makes it, up to where it is recorded."""
    maker = Maker(name="Ada", prefix="AM", machine=workspace.person.machine)
    facts = {"id": "TASK-000", "uid": new_uid(), "title": "Task", "created": now()}
    draft = checked({**facts, "created_by": maker}, Task, "it")
    task = draft.model_copy(update={"id": str(generator.take().id)})
    workspace.tasks.create(task, TaskPlan())


def together(root: Path) -> Table:
    table = Table("", "changes", "lost", "retries", "per second", "longest, ms")
    table.title = f"{WRITERS} writers, {ROUNDS} changes each, to one remote"
    for kind in ("plain git", "orc"):
        remote = root / f"{kind}.git"
        git(root, "init", "-q", "--bare", str(remote))
        places = [clone(root, f"{kind}-{number}", remote) for number in range(WRITERS)]
        start = time.perf_counter()
        writers = [
            subprocess.Popen(
                [sys.executable, __file__, kind, str(place), f"A{number}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, place in enumerate(places)
        ]
        said = [one.communicate()[0].split() for one in writers]
        seconds = time.perf_counter() - start
        refs = git(remote, "for-each-ref", "--format=%(refname)").split()
        kept = sum(int(git(remote, "rev-list", "--count", "--no-merges", ref)) for ref in refs)
        table.add_row(
            kind,
            str(WRITERS * ROUNDS),
            str(WRITERS * ROUNDS - kept),
            str(sum(int(words[0]) for words in said)),
            f"{WRITERS * ROUNDS / seconds:.0f}",
            f"{max(float(words[1]) for words in said):.0f}",
        )
    return table


def write(kind: str, place: str, initials: str) -> None:
    """Make changes, as one of several processes; say the retries and the longest time."""
    work = Path(place)
    workspace = opened(work, initials, work.with_name(f"{work.name}-home"))
    retries, longest = 0, 0.0

    def change(number: int) -> int:
        if kind == "plain git":
            fast_import(work, number, initials)
            git(work, "push", "-q", "origin", initials)
            return 0
        task = f"TASK-{initials}-{number + 1:03d}"
        workspace.writer.record(task, "planned", changes={"title": str(number)})
        published = workspace.writer.publish()
        if not published.pushed:
            raise SystemExit(published.note)
        return published.retries

    for number in range(ROUNDS):
        start = time.perf_counter()
        retries += change(number)
        longest = max(longest, (time.perf_counter() - start) * 1000)
    print(retries, longest)


def fast_import(work: Path, number: int, branch: str = "plain") -> None:
    data = f"title: Change {number}\n"
    parent = f"from refs/heads/{branch}^0\n" if number else ""
    stream = (
        f"commit refs/heads/{branch}\ncommitter A <a@b> 0 +0000\ndata 1\nx\n{parent}"
        f"M 100644 inline {FILE}\ndata {len(data)}\n{data}\n"
    )
    git(work, "fast-import", "--quiet", given=stream)


def opened(work: Path, initials: str, home: Path) -> OrcWorkspace:
    names = {"ORC_HOME": str(home), "ORC_INITIALS": initials, "ORC_MODE": "p2p"}
    return OrcWorkspace.open(work, names)


def clone(root: Path, name: str, remote: Path | None = None) -> Path:
    git(root, "init", "-q", name)
    if remote:
        git(root / name, "remote", "add", "origin", str(remote))
    return root / name


def timed(act: object) -> float:
    start = time.perf_counter()
    act()  # type: ignore[operator]
    return (time.perf_counter() - start) * 1000


def git(folder: Path, *args: str, given: str = "") -> str:
    command = ["git", "-C", str(folder), *args]
    return subprocess.run(command, input=given, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else write(*sys.argv[1:])
