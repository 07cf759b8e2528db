"""Reading one branch of a remote without cloning it: a bare repository kept as a cache."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock

from ..errors import NotFoundError, UnreachableError
from .address import check_remote_url, redact
from .process import NETWORK_TIMEOUT, Completed
from .remote import Remote, failure, is_missing_branch
from .repository import Repository, branch_ref

_source = "source"
_quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")


class ScratchClone:
    """A cache of one remote, under `root`. The URL, which may hold credentials, is never stored.
    Processes that use the same cache wait for each other while it is fetched.
    """

    def __init__(self, root: Path, url: str) -> None:
        self.url = check_remote_url(url)
        key = hashlib.sha256(url.encode()).hexdigest()[:24]
        self.path = root / f"{key}.git"
        self._lock = filelock.FileLock(root / f"{key}.lock", timeout=NETWORK_TIMEOUT)
        self._settings = (
            (f"remote.{_source}.url", self.url),
            (f"remote.{_source}.promisor", "true"),
            (f"remote.{_source}.partialCloneFilter", "blob:none"),
            ("fetch.negotiationAlgorithm", "noop"),
        )

    def fetch(self, branch: str) -> str:
        """Bring the newest commit of the branch, with folders and without files where the remote
        can do that; returns its id. `NotFoundError` when the remote has no such branch.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone(), Repository.init_bare(self.path) as repository:
            ref = branch_ref(branch)
            done = self._fetch(
                repository, "--depth=1", "--filter=blob:none", refs=[f"+{ref}:{ref}"]
            )
            if done.status and "dumb http" in done.stderr:
                done = self._fetch(repository, refs=[f"+{ref}:{ref}"])
            self._check(done, branch)
            return repository.resolve(ref) or ""

    def bring(self, oids: Sequence[str]) -> None:
        """Fetch the files with these ids that are not in the cache yet, in one go."""
        with self._alone(), Repository.open(self.path) as repository:
            wanted = _absent(repository, oids)
            if wanted:
                self._check(self._fetch(repository, "--filter=blob:none", refs=wanted), "")

    def _fetch(self, repository: Repository, *options: str, refs: Sequence[str]) -> Completed:
        return repository.run(
            "fetch", *_quiet, *options, "--stdin", _source,
            input="".join(f"{ref}\n" for ref in refs).encode(),
            timeout=NETWORK_TIMEOUT,
            check=False,
            settings=self._settings,
        )  # fmt: skip

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UnreachableError(
                f"Another process has been reading {redact(self.url)} for too long.",
                hint="Try again in a moment.",
            ) from None
        try:
            yield
        finally:
            self._lock.release()

    def _check(self, done: Completed, branch: str) -> None:
        if done.status == 0:
            return
        if is_missing_branch(done):
            raise NotFoundError(
                f"{redact(self.url)} has no branch {branch}.",
                hint="Nobody has published a plan there yet, or the branch has another name.",
            )
        raise failure(Remote(redact(self.url), self.url, _source, self.url), done, "fetch")


def _absent(repository: Repository, oids: Sequence[str]) -> list[str]:
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    said = repository.run("cat-file", "--batch-check", input=asked).text
    return [line.split()[0] for line in said.splitlines() if line.endswith(" missing")]
