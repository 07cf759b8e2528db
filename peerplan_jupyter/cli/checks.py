"""What `peerplan doctor` looks at."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import NotFoundError, PeerPlanError
from .output import when

if TYPE_CHECKING:
    from ..store.outbox import Pending

MIN_GIT = (2, 30)
MOST_WAITING = 5
"""Plans in the outbox that are named."""
_packages = ("jupyterlab", "jupyter-server", "ipywidgets", "anywidget", "loro", "mcp")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. A `note` is no reason to worry; `broken` is."""

    name: str
    state: Literal["ok", "note", "broken"]
    found: str
    advice: str = ""

    def facts(self) -> dict[str, str]:
        """The check as JSON."""
        return asdict(self)


def all_checks() -> Iterator[Check]:
    """Every check, one after the other; none raises."""
    of_jupyter = (extension, sidebar, servers)
    of_the_user = (settings, journal, broken_journals, identities, agents)
    for check in (versions, git, repository, remote, *of_the_user, *of_jupyter, chromium):
        yield _guarded(check)


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except PeerPlanError as error:
        return Check(check.__name__, "broken", error.message, error.hint)
    except Exception as error:  # whatever is broken here is what the doctor is asked about
        return Check(check.__name__, "broken", f"{type(error).__name__}: {error}")


def versions() -> Check:
    """What is installed."""
    found = [f"Python {platform.python_version()}"]
    found += [f"{name} {metadata.version(name)}" for name in ("peerplan-jupyter", *_packages)]
    return Check("versions", "ok", ", ".join(found))


def git() -> Check:
    """Whether git is there and new enough."""
    from ..git.process import GitRunner

    here = Path.cwd()
    said = GitRunner(here, here).run("version").text
    number = tuple(int(part) for part in said.split()[2].split(".")[:2])
    if number < MIN_GIT:
        return Check("git", "broken", said, "Install git 2.30 or later.")
    return Check("git", "ok", said)


def repository() -> Check:
    """Whether the current folder is in a repository."""
    from .context import repository_at

    found = repository_at(None)
    if found is None:
        return Check(
            "repository", "note", f"{Path.cwd()} is in none.", "Go to one, or name it with --repo."
        )
    where = str(found.work_tree or found.common_dir)
    return Check("repository", "ok", f"{where}, {found.branch() or 'detached HEAD'}")


def remote() -> Check:
    """Whether its remote answers, and what its plan branch is."""
    from ..git.address import redact
    from ..git.remote import find_remote
    from ..store.names import PLAN_BRANCH
    from .context import repository_at

    found = repository_at(None)
    target = find_remote(found, "origin") if found else None
    if found is None or target is None:
        advice = "Plans are written to this clone only; add a remote to share them."
        return Check("remote", "note", "There is none.", advice if found else "")
    done = found.run("ls-remote", "--heads", "--", target.address, PLAN_BRANCH, check=False)
    if done.status:
        from ..git.remote import failure

        raise failure(target, done, "ls-remote")
    tip = done.text.partition("\t")[0][:12]
    state = f"{PLAN_BRANCH} is at {tip}" if tip else f"there is no {PLAN_BRANCH} yet"
    return Check("remote", "ok", f"{target.name} ({redact(target.url)}) answers; {state}")


def settings() -> Check:
    """Whether the user's settings can be used, and where they are."""
    from ..store.home import Home
    from ..store.settings import Settings, read_settings, settings_file

    home = Home.default()
    path, found = settings_file(home), read_settings(home)
    if not path.exists():
        return Check("settings", "ok", f"the defaults; {path} is not there")
    named = ", ".join(name for name in Settings.model_fields if name in found.model_fields_set)
    return Check("settings", "ok", f"{path} sets {named or 'nothing'}")


def journal() -> Check:
    """Whether the journal can be written, and what waits in the outbox."""
    from .context import opened

    with opened() as workspace:
        plans = workspace.peer.call(lambda plans: len(plans.ids()))
        waiting = workspace.peer.call(lambda plans: plans.journal.outbox.pending())
        found = f"{workspace.home.journal}, plans: {plans}, waiting to be published: {len(waiting)}"
    if waiting:
        told = "".join(map(_waits, waiting[:MOST_WAITING]))
        return Check("journal", "note", found + told, "`peerplan publish` tries again.")
    return Check("journal", "ok", found)


def _waits(one: Pending) -> str:
    tried = f"attempts since {when(one.queued)}: {one.attempts}, the last at {when(one.tried)}"
    return f"\n{one.plan_id}: {one.error} ({one.reason}; {tried})"


def broken_journals() -> Check:
    """What came of journals that were found broken, as long as their files are there."""
    from ..store.home import Home
    from ..store.recovery import broken_files, recovery_of

    found = broken_files(Home.default().journal.parent)
    if not found:
        return Check("broken journals", "ok", "none was moved aside")
    told = [recovery_of(one) for one in found]
    said = "\n".join(" ".join(one.words) for one in told if one)
    advice = "This is said until you delete a file that you need nothing of."
    return Check("broken journals", "note", said or str(found[-1]), advice)


def identities() -> Check:
    """Who acts for this user."""
    from .context import acting, opened

    with opened() as workspace:
        you, agent = acting(workspace, ""), acting(workspace, "agent")
    return Check("identities", "ok", f"{you.name} {you.id}; agents {agent.id}")


def agents() -> Check:
    """Where the token is that agents come to a Jupyter server with."""
    from ..store.agent_token import agent_token, agent_token_file
    from ..store.home import Home

    home = Home.default()
    agent_token(home)
    return Check("agents", "ok", f"their token for /peerplan/mcp is in {agent_token_file(home)}")


def extension() -> Check:
    """Whether Jupyter loads the server extension."""
    from jupyter_server.extension.config import ExtensionConfigManager

    for folder in _config_path():
        manager: Any = ExtensionConfigManager(read_config_path=[folder])
        enabled = manager.get_jpserver_extensions().get("peerplan_jupyter")
        if enabled is not None:
            break
    else:
        enabled = None
    if enabled:
        return Check("extension", "ok", f"enabled in {folder}")
    return Check(
        "extension",
        "broken",
        "Jupyter does not load the server extension." if enabled is None else "It is disabled.",
        "`jupyter server extension enable peerplan_jupyter`",
    )


def sidebar() -> Check:
    """Whether JupyterLab finds the prebuilt extension."""
    from jupyter_core.paths import jupyter_path

    folders = [Path(one) / "peerplan-jupyter" for one in jupyter_path("labextensions")]
    found = next((one for one in folders if (one / "package.json").is_file()), None)
    if found is None:
        return Check(
            "sidebar", "broken", "The labextension is not there.", "Install peerplan again."
        )
    version = json.loads((found / "package.json").read_text("utf-8")).get("version")
    return Check("sidebar", "ok", f"{version} in {found}")


def servers() -> Check:
    """The Jupyter servers that run."""
    from .servers import running_servers

    found = running_servers()
    ours = [one for one in found if one.has_peerplan]
    if not ours:
        told = f"{len(found)} run without peerplan." if found else "None runs."
        return Check("servers", "note", told, "`jupyter lab` starts one, `peerplan demo` a trial.")
    return Check("servers", "ok", ", ".join(f"{one.url} ({one.root})" for one in ours))


def chromium() -> Check:
    """The browser that tests and `peerplan demo --play` drive."""
    from .demo.chromium import find_chromium

    try:
        found = find_chromium()
    except NotFoundError as error:
        return Check("chromium", "note", error.message, error.hint)
    return Check("chromium", "ok", str(found))


def _config_path() -> list[str]:
    from jupyter_core.paths import jupyter_config_path

    return [str(Path(one)) for one in jupyter_config_path() if Path(one).is_dir()] or [sys.prefix]
