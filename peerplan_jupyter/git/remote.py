"""Talking to one ref of a remote: fetch it, push to it as a compare-and-swap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ..errors import (
    GitError,
    NotFoundError,
    PeerPlanError,
    PushRejectedError,
    UnreachableError,
)
from .address import check_remote_url, redact
from .process import NETWORK_TIMEOUT, Completed, last_words
from .repository import Place, branch_ref, checked_ref

LOCAL_TRIES = 5
"""How often a fetch is tried whose ref another process holds at that moment."""

_raced = re.compile(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to (?:update|lock) ref|"
    r"unable to (?:create|lock).*\.lock|incorrect old value|reference already exists|"
    r"remote ref updated since|but expected|needs force"
)
_refused = re.compile(
    r"requested URL returned error: 40[13]|Authentication failed|could not read (?:User|Pass)|"
    r"terminal prompts disabled|Permission (?:to .* )?denied|remote rejected|not allowed to push|"
    r"\bHTTP 40[13]\b|pre-receive hook|access denied",
    re.IGNORECASE,
)
_no_branch = re.compile(r"couldn't find remote ref|no such remote ref", re.IGNORECASE)


class Push(Enum):
    """How a push ended that did not fail."""

    DONE = "done"
    RACED = "raced"
    """Somebody else moved the ref; build on what it is now and try again."""


@dataclass(frozen=True)
class Remote:
    """Where a branch is fetched from and pushed to: the name of a configured remote, or a URL."""

    name: str
    """For people, without credentials."""
    address: str
    """What git is told."""
    key: str
    """The place of its refs under `refs/peerplan/remotes/`."""
    url: str
    """The URL that pushes go to, with what it holds; never shown."""

    def tracking_ref(self, branch: str) -> str:
        """Our own record of the remote's branch; no ref of the user's."""
        return f"refs/peerplan/remotes/{self.key}/{branch}"

    def mirror_ref(self, ref: str) -> str:
        """Our own record of any other ref of the remote's, by its full name."""
        return f"refs/peerplan/mirrors/{self.key}/{ref.removeprefix('refs/')}"


def find_remote(repository: Place, name: str | None) -> Remote | None:
    """The remote that `name` (a name or a URL) stands for. None when `name` is None or the
    repository has no remotes at all; the only remote stands in for a missing `origin`.
    """
    if name is None:
        return None
    remotes = repository.remotes()
    if name == "origin" and len(remotes) == 1:
        name = next(iter(remotes))
    if name in remotes:
        return _configured(name, *remotes[name])
    if _looks_like_url(name):
        return url_remote(name)
    if not remotes:
        return None
    raise NotFoundError(
        f"The repository has no remote {name[:100]!r}; it has {', '.join(remotes)[:300]}.",
        hint="Name one of them.",
    )


def url_remote(url: str) -> Remote:
    """A remote that is not in any configuration. `InvalidInputError` for an unsafe URL."""
    checked = check_remote_url(url)
    return Remote(redact(url), checked, hashlib.sha256(url.encode()).hexdigest()[:16], url)


def fetch(
    repository: Place, remote: Remote, branch: str, timeout: float | None = None
) -> str | None:
    """Bring the remote's branch into our tracking ref; see `fetch_ref`."""
    into = remote.tracking_ref(branch)
    return fetch_ref(repository, remote, branch_ref(branch), into, timeout)


def fetch_ref(
    repository: Place, remote: Remote, ref: str, into: str, timeout: float | None = None
) -> str | None:
    """Bring the remote's `ref` into our ref `into`; returns the commit that it is at, or None when
    the remote has no such ref. Nothing else of the repository changes: no other ref, no FETCH_HEAD,
    and no `shallow` file. `UnreachableError` after `timeout` seconds, too.
    """
    for _ in range(LOCAL_TRIES):
        done = _fetch(repository, remote, f"+{checked_ref(ref)}:{into}", timeout=timeout)
        if done.status == 0:
            return repository.resolve(into)
        if is_missing_branch(done):
            repository.update_refs([f"delete {into}"])
            return None
        if not _raced.search(done.stderr):
            break
    raise failure(remote, done, "fetch")


def fetch_refs(repository: Place, remote: Remote, folder: str) -> None:
    """Bring all refs below `folder` of the remote's into our mirror of them, and forget those
    that it has no more; otherwise as `fetch_ref`.
    """
    specs = [f"+{checked_ref(folder)}/*:{remote.mirror_ref(folder)}/*"]
    fetch_specs(repository, remote, specs)


def fetch_specs(
    repository: Place, remote: Remote, specs: Sequence[str], timeout: float | None = None
) -> None:
    """Fetch what `specs` (see git-fetch) say, and forget what the remote has no more of it, within
    `timeout` seconds; otherwise as `fetch_ref`.
    """
    for _ in range(LOCAL_TRIES):
        done = _fetch(repository, remote, *specs, prune="--prune", timeout=timeout)
        if done.status == 0:
            return
        if not _raced.search(done.stderr):
            break
    raise failure(remote, done, "fetch")


def refs_of(
    repository: Place, remote: Remote, *patterns: str, timeout: float | None = None
) -> dict[str, str]:
    """What the refs of the remote's that match `patterns` (see git-ls-remote) are at, by their full
    names. Raises as `push_ref`.
    """
    done = _network(
        repository, "ls-remote", "--refs", "--", remote.address, *patterns, timeout=timeout
    )
    if done.status:
        raise failure(remote, done, "ls-remote")
    return dict(line.split("\t")[::-1] for line in done.text.splitlines())


def default_branch(repository: Place, remote: Remote, timeout: float | None = None) -> str | None:
    """The branch that the remote's HEAD is at, or None where it says none. Raises as `push_ref`."""
    asked = ("ls-remote", "--symref", "--", remote.address, "HEAD")
    done = _network(repository, *asked, timeout=timeout)
    if done.status:
        raise failure(remote, done, "ls-remote")
    found = re.search(r"^ref: refs/heads/(.+)\tHEAD$", done.text, re.MULTILINE)
    return found[1] if found else None


def _fetch(
    repository: Place,
    remote: Remote,
    *specs: str,
    prune: str = "--no-prune",
    timeout: float | None = None,
) -> Completed:
    return _network(
        repository,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        prune,
        "--refmap=",
        "--",
        remote.address,
        *specs,
        timeout=timeout,
    )


def push(repository: Place, remote: Remote, branch: str, commit: str, expected: str | None) -> Push:
    """Move the remote's branch from `expected` (None: it must not exist) to `commit`; see
    `push_ref`.
    """
    return push_ref(repository, remote, branch_ref(branch), commit, expected)


def push_ref(
    repository: Place,
    remote: Remote,
    ref: str,
    commit: str | None,
    expected: str | None,
    timeout: float | None = None,
) -> Push:
    """Move the remote's `ref` from `expected` (None: it must not exist) to `commit` (None: remove
    it), within `timeout` seconds.

    Raises `PushRejectedError` when the remote refuses, with its words, and `UnreachableError`
    when it does not answer.
    """
    done = _network(
        repository,
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--recurse-submodules=no",
        f"--force-with-lease={checked_ref(ref)}:{expected or ''}",
        "--",
        remote.address,
        f"{commit or ''}:{ref}",
        timeout=timeout,
    )
    if done.status == 0:
        return Push.DONE
    if _raced.search(f"{_verdict(done)}\n{done.stderr}") and not _by_rule(done):
        return Push.RACED
    raise failure(remote, done, "push")


def is_hidden(repository: Place, remote: Remote, ref: str, timeout: float | None = None) -> bool:
    """Whether the remote has `ref`, which it does not show to who fetches, and shows to who pushes
    (`uploadpack.hideRefs`); for a ref that could be neither fetched nor made. Nothing is changed.
    """
    done = _network(
        repository,
        "push",
        "--dry-run",
        "--porcelain",
        "--no-verify",
        f"--force-with-lease={checked_ref(ref)}:",
        "--",
        remote.address,
        f":{ref}",
        timeout=timeout,
    )
    return "stale info" in _verdict(done)


def _configured(name: str, fetched: str, url: str) -> Remote:
    check_remote_url(fetched)
    check_remote_url(url)
    if url == fetched:
        return Remote(name, name, name, url)
    key = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Remote(name, url, f"{name}-{key}", url)


def _looks_like_url(text: str) -> bool:
    return "/" in text or "\\" in text or ":" in text or text.startswith((".", "-"))


def _network(repository: Place, *args: str, timeout: float | None = None) -> Completed:
    patience = NETWORK_TIMEOUT if timeout is None else timeout
    return repository.run(*args, timeout=patience, check=False)


def _verdict(done: Completed) -> str:
    """The line on the branch in `git push --porcelain`: `!<tab>from:to<tab>[kind] (reason)`."""
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return next((line.split("\t")[-1] for line in lines if line.startswith("!")), "")


def _by_rule(done: Completed) -> bool:
    """Whether a rule of the remote refused, and not another writer's haste."""
    return bool(re.search(r"hook declined|protected branch|denied|prohibited", _verdict(done)))


def is_missing_branch(done: Completed) -> bool:
    """Whether a fetch failed only because the remote has no such branch."""
    return bool(_no_branch.search(done.stderr))


def failure(remote: Remote, done: Completed, verb: str) -> PeerPlanError:
    """The error that says why a fetch or push failed: refused, unreachable, or something else."""
    words = f"{_verdict(done)} {done.stderr}"
    kind = next((make for found, make in _kinds if found.search(words)), _other)
    return kind(remote.name, verb, _told(done))


def _told(done: Completed) -> str:
    said = [line[7:].strip() for line in done.stderr.splitlines() if line.startswith("remote:")]
    heard = " ".join(line for line in said if line)
    verdict = _verdict(done)
    if heard or verdict:
        return " ".join(part for part in (heard, verdict) if part)[:600]
    return last_words(done.stderr)


def _rejected(name: str, verb: str, words: str) -> PeerPlanError:
    return PushRejectedError(
        f"The remote {name} refused the {verb}: {words}",
        hint="Ask for the right to push there, then try again.",
        remote_words=words,
    )


def _unreachable(name: str, _: str, words: str) -> PeerPlanError:
    return UnreachableError(
        f"The remote {name} could not be reached: {words}",
        hint="Check the connection and the remote's URL, then try again.",
    )


def _other(name: str, verb: str, words: str) -> PeerPlanError:
    return GitError(f"git could not {verb} with the remote {name}: {words}")


_lost = re.compile(
    r"Could not resolve|Connection (?:refused|reset|timed out|closed)|timed out|unreachable|"
    r"Could not read from remote|does not appear to be a git repository|not found|"
    r"unable to access|early EOF|hung up|No route to host|No such file or directory|"
    r"unable to connect",
    re.IGNORECASE,
)
_kinds: list[tuple[re.Pattern[str], Callable[[str, str, str], PeerPlanError]]] = [
    (_refused, _rejected),
    (_lost, _unreachable),
]
