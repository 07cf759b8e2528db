"""Which pull requests of a repository are open: asked of its host, or told from its refs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable

from ..errors import PeerPlanError
from ..git.remote import Remote
from ..git.repository import Repository
from .hosts import host_kind, repository_address
from .http import download

MAX_ANSWER = 8_000_000
PAGES = 50
_head = re.compile(r"^([0-9a-f]{40,64})\trefs/(?:pull|merge-requests)/([0-9]{1,10})/head$")
Tell = Callable[[str], None]


def open_pull_requests(
    repository: Repository, remote: Remote, numbers: Iterable[int], tell: Tell = lambda _: None
) -> set[int]:
    """Those of `numbers` that are open, or may be.

    GitHub is asked over its API, with the user's token if there is one. Of other hosts, and when
    it does not answer, a pull request counts as open unless the host has no ref of it any more or
    its head is merged into the default branch. `tell` is given a sentence about what could not be
    found out. Raises `UnreachableError` if the remote cannot be asked at all.
    """
    wanted = set(numbers)
    address = repository_address(remote.url)
    if wanted and host_kind(address.host) == "github":
        try:
            return wanted & _asked(address.project)
        except (PeerPlanError, ValueError) as error:
            tell(f"GitHub did not say which pull requests are open ({error}); refs are read.")
    return wanted - _over(repository, remote, wanted) if wanted else set()


def _asked(project: str) -> set[int]:
    api = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    found: set[int] = set()
    for page in range(1, PAGES + 1):
        url = f"{api}/repos/{project}/pulls?state=open&per_page=100&page={page}"
        listed = json.loads(download(url, MAX_ANSWER) or b"null")
        if not isinstance(listed, list):
            raise ValueError("it gave no list")  # noqa: TRY004
        found |= {int(one["number"]) for one in listed}
        if len(listed) < 100:
            return found
    return found


def _over(repository: Repository, remote: Remote, wanted: set[int]) -> set[int]:
    """Pull requests whose refs are gone, or whose heads the default branch holds."""
    patterns = ["HEAD", "refs/pull/*/head", "refs/merge-requests/*/head"]
    said = repository.run("ls-remote", "--", remote.address, *patterns, timeout=60).text
    heads: dict[int, str] = {}
    default = ""
    for line in said.splitlines():
        if line.endswith("\tHEAD"):
            default = line.split("\t")[0]
        elif match := _head.match(line):
            heads[int(match[2])] = match[1]
    if not heads:
        return set()
    return {pr for pr in wanted if pr not in heads or _merged(repository, heads[pr], default)}


def _merged(repository: Repository, head: str, default: str) -> bool:
    known = repository.run("cat-file", "-e", f"{default}^{{commit}}", check=False).status == 0
    return bool(default) and known and repository.is_ancestor(head, default)
