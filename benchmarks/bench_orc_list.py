"""Lists of tasks beside the least that git and the file system need for them, in one run.

`python benchmarks/bench_orc_list.py` prints `list --team` with 500 and 5,000 packed branches beside
one `for-each-ref` and one `cat-file --batch` (goal: at most twice as long, and three git
processes), `list` of 10,000 tasks beside a `stat` of each (goal: 150 ms warm), and `orc list` as a
process beside an empty Python (goal: 150 ms). Cold is without any cache. It takes two minutes.
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

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.visibility.tasks import known_team_tasks, local_tasks

TASK = """id: {}
uid: {:026d}
title: Add authentication number {}
weight: large
created_by:
  name: Alice
  prefix: AM
"""
FIRST = b"""commit refs/heads/main
mark :1
committer A <a@b> 0 +0000
data 1
x
"""
EACH = b"""commit refs/remotes/origin/orc/%s-am
committer A <a@b> 0 +0000
data 1
x
from :1
M 100644 inline .orc/tasks/%s/task.yaml
data %d
%s
"""
SINGLE = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as root:
        os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", ORC_HOME=root)
        console = Console()
        console.print(team(Path(root)))
        console.print(local(Path(root)))
        console.print(process(Path(root)))


def team(root: Path) -> Table:
    table = Table("branches", "", "median, ms", "ratio", "best, ms", "gits")
    table.title = "list --team, without the fetch"
    for count in (500, 5000):
        work = with_branches(root / f"team{count}", count)
        project = Project.find(work)
        sides: dict[str, Callable[[], object]] = {
            "for-each-ref + cat-file": lambda work=work: reference(work),
            "cold": lambda project=project: cold(project),
            "warm": lambda project=project: known_team_tasks(project),
        }
        if len(known_team_tasks(project).rows) != count:
            raise SystemExit("Not all tasks were listed.")
        base = 0.0
        for name, times in in_turns(sides).items():
            base = base or statistics.median(times)
            row = (f"{statistics.median(times):.1f}", f"{statistics.median(times) / base:.2f}")
            table.add_row(str(count), name, *row, f"{min(times):.1f}", str(gits(root, sides[name])))
        table.add_section()
    return table


def with_branches(work: Path, count: int) -> Path:
    """A clone that knows `count` branches of a remote, each with one task, all packed."""
    git(work.parent, "init", "-q", str(work))
    parts = [FIRST]
    for number in range(1, count + 1):
        name = f"TASK-AM-{number:03d}"
        data = TASK.format(name, number, number).encode()
        parts.append(EACH % (name.encode(), name.encode(), len(data), data))
    git(work, "fast-import", "--quiet", given=b"".join(parts))
    git(work, "pack-refs", "--all")
    return work


def reference(work: Path) -> int:
    listed = git(work, "for-each-ref", "--format=%(refname)", "refs/remotes/origin/orc").decode()
    refs = listed.split()
    ids = [ref.rpartition("/")[2].removesuffix("-am") for ref in refs]
    asked = "".join(
        f"{ref}:.orc/tasks/{one}/task.yaml\n" for ref, one in zip(refs, ids, strict=True)
    )
    return git(work, "cat-file", "--batch", given=asked.encode()).count(b"uid:")


def cold(project: Project) -> object:
    (project.state / "orc.db").unlink(missing_ok=True)
    return known_team_tasks(project)


def local(root: Path) -> Table:
    work = root / "local"
    git(root, "init", "-q", str(work))
    for number in range(1, 10_001):
        folder = work / f".orc/tasks/TASK-AM-{number:03d}"
        folder.mkdir(parents=True)
        (folder / "task.yaml").write_text(TASK.format(folder.name, number, number))
    project = Project.find(work)
    table = Table("", "median, ms", "best, ms", title="list of 10,000 tasks")

    def cold_list() -> object:
        (project.state / "orc.db").unlink(missing_ok=True)
        return local_tasks(project)

    def changed() -> object:
        (work / ".orc/tasks/TASK-AM-777/task.yaml").write_text(TASK.format("TASK-AM-777", 777, 1))
        return local_tasks(project)

    def stats() -> int:
        paths = (f"{one.path}/task.yaml" for one in os.scandir(project.tasks))
        return sum(os.stat(path).st_size for path in paths)  # noqa: PTH116

    for name, act, rounds in (
        ("stat of each", stats, SINGLE),
        ("cold", cold_list, 3),
        ("warm", lambda: local_tasks(project), SINGLE),
        ("one changed", changed, SINGLE),
    ):
        times = measured(act, rounds)
        table.add_row(name, f"{statistics.median(times):.0f}", f"{min(times):.0f}")
    return table


def process(root: Path) -> Table:
    work = root / "small"
    git(root, "init", "-q", str(work))
    for number in range(1, 21):
        folder = work / f".orc/tasks/TASK-AM-{number:03d}"
        folder.mkdir(parents=True)
        (folder / "task.yaml").write_text(TASK.format(folder.name, number, number))
    table = Table("", "median, ms", "best, ms", title="a process")
    orc = [sys.executable, "-m", "peerplan_jupyter.cli.orc", "list"]
    for name, place, command in (
        ("python -c pass", work, [sys.executable, "-c", "pass"]),
        ("orc list, 20 tasks", work, orc),
        ("orc list, 10,000 tasks", root / "local", orc),
    ):

        def act(command: list[str] = command, place: Path = place) -> object:
            return subprocess.run(command, cwd=place, check=True, capture_output=True)

        act()
        times = measured(act, SINGLE)
        table.add_row(name, f"{statistics.median(times):.0f}", f"{min(times):.0f}")
    return table


def in_turns(sides: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """The times of each, one round of all after the other: the machine is not the same for long."""
    rounds = [{name: measured(act, 1)[0] for name, act in sides.items()} for _ in range(SINGLE)]
    return {name: [one[name] for one in rounds] for name in sides}


def measured(act: Callable[[], object], rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return times


def gits(root: Path, act: Callable[[], object]) -> int:
    with tempfile.TemporaryDirectory(dir=root) as traces:
        os.environ["GIT_TRACE2_EVENT"] = traces
        act()
        del os.environ["GIT_TRACE2_EVENT"]
        return len(list(Path(traces).iterdir()))


def git(folder: Path, *args: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", "-C", str(folder), *args], input=given, check=True, capture_output=True
    )
    return done.stdout


if __name__ == "__main__":
    main()
