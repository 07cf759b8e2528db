"""Plan URLs: what a person pastes to say which plan they mean."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from ..errors import InvalidInputError
from ..git.address import check_remote_url, redact
from ..plan.ids import checked_plan_id
from .hosts import RepositoryAddress, known_host, raw_url, repository_address
from .names import PLAN_JSON, parse_folder

__all__ = ["PlanRef", "parse_plan_url", "plan_url", "raw_url"]

MAX_URL = 4000
_INVITING = {"room", "key"}
"""Fields of an invitation, of which the first that are left in a link that was cut are some."""
LOCAL_URL = "peerplan://plan"
"""What stands for the address of a plan that is published nowhere: only its peers have it."""

_short = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_pull_request = re.compile(
    r"/(?P<project>.+?)/(?:pull|pulls|pull-requests|(?:-/)?merge_requests)/(?P<pr>[0-9]{1,10})(?:/|\Z)"
)
_raw_plan = re.compile(r"(?P<base>.*/(?P<folder>(?:pr-[0-9]+|drafts)/plan-[^/]+))/plan\.json\Z")
_pages = {"github.io": "github.com", "gitlab.io": "gitlab.com", "codeberg.page": "codeberg.org"}


@dataclass(frozen=True)
class PlanRef:
    """Which plan is meant, and where it lies. What was not said is None."""

    plan_id: str | None = None
    pr: int | None = None
    repository: str | None = None
    """The URL of a remote repository; may hold the credentials that were pasted with it."""
    workdir: Path | None = None
    """A folder in a repository on this machine."""
    file: Path | None = None
    """A `plan.json` on this machine."""
    raw: str | None = None
    """The URL of the folder that a served `plan.json` lies in, without a slash at the end."""
    invitation: str = ""
    """The fragment of the URL, which is never sent anywhere."""


def plan_url(repository: str, plan_id: str, pr: int | None = None, *, page: str = "") -> str:
    """The URL of a plan: `https://{org}.github.io/{repo}/plan?repo={org}/{project}&pr={N}&plan={id}`.

    `page` is the address of the static page; by default GitHub Pages of the project itself. For a
    repository on another host without a `page` it is the repository's own address with the plan
    in the fragment, which `parse_plan_url` reads as well.
    """
    address = repository_address(repository)
    query = {"pr": str(pr)} if pr is not None else {}
    if address.host == "github.com" or page:
        short = address.project if address.host == "github.com" else redact(repository)
        where = page or _github_page(address)
        asked = {"repo": short, **query, "plan": checked_plan_id(plan_id)}
        return f"{where}?{urlencode(asked, safe='/:')}"
    return f"{redact(repository)}?{urlencode({**query, 'plan': checked_plan_id(plan_id)})}"


def parse_plan_url(text: str, *, hosts: Collection[str] = ()) -> PlanRef:
    """What `text` says: a plan URL, a pull request's URL, the URL of a `plan.json`, a remote's URL
    with `?plan=`, a path of a repository (with `#plan-id` or `?plan=`) or of a `plan.json`, or a
    plan id alone.

    `hosts` are those that the user configured or that the repository at hand names; public hosts
    of git repositories are known. Nothing is looked up and nothing is fetched. Raises
    `InvalidInputError`, which never repeats credentials.
    """
    text = text.strip()
    if not text or len(text) > MAX_URL or any(c < " " or c == "\x7f" for c in text):
        raise InvalidInputError(
            "That is not a plan URL: it is empty, too long or has control characters."
        )
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        return _parse_url(text, hosts)
    return _parse_local(text, hosts)


def invitation_in(text: str) -> str | None:
    """The id of the plan that an invitation in `text` is to; None where there is no invitation.

    Whether it is a good one is not looked at.
    """
    head, separator, fragment = text.strip().rpartition("#")
    if not separator or len(text) > MAX_URL or not _INVITING & parse_qs(fragment).keys():
        return None
    return parse_qs(urlsplit(head).query).get("plan", [""])[0] or None


def _parse_url(text: str, hosts: Collection[str]) -> PlanRef:
    if text.startswith(f"{LOCAL_URL}?"):
        query, _, fragment = text.removeprefix(f"{LOCAL_URL}?").partition("#")
        return _asked(PlanRef(invitation=fragment), query)
    parts = _split(text)
    if parts.scheme == "file":
        return _parse_local(text.partition("://")[2], hosts)
    ref = PlanRef(invitation=parts.fragment)
    ref = _asked(ref, parts.query)
    if parts.scheme in {"http", "https"}:
        return _parse_web(ref, parts, hosts)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return _in_repository(_fragment(ref), address, hosts)


def _parse_web(ref: PlanRef, parts: SplitResult, hosts: Collection[str]) -> PlanRef:
    asked = parse_qs(parts.query)
    if "repo" in asked:
        return _in_repository(ref, _named(asked["repo"][0], parts, hosts), hosts)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    found = _raw_plan.match(address)
    if found:
        _check_host(_host(parts), hosts)
        place = parse_folder(unquote(found["folder"]))
        told = {"plan_id": place.plan_id, "pr": place.pr} if place else {}
        return replace(ref, raw=found["base"], **told)  # type: ignore[arg-type]
    if address.endswith(f"/{PLAN_JSON}"):
        _check_host(_host(parts), hosts)
        return replace(ref, raw=address.removesuffix(f"/{PLAN_JSON}"))
    pull = _pull_request.match(parts.path)
    if pull:
        remote = f"{parts.scheme}://{parts.netloc}/{pull['project']}"
        return _in_repository(replace(_fragment(ref), pr=int(pull["pr"])), remote, hosts)
    return _in_repository(_fragment(ref), address, hosts)


def _parse_local(text: str, hosts: Collection[str]) -> PlanRef:
    try:
        return PlanRef(plan_id=checked_plan_id(text))
    except InvalidInputError:
        pass
    if re.match(r"[^/\\]+@[^/\\]+:", text):
        remote, _, rest = text.partition("#")
        return _in_repository(_fragment(PlanRef(invitation=rest)), remote, hosts)
    return _local(text)


def _local(text: str) -> PlanRef:
    path, ref = Path(text), PlanRef()
    if not _exists(path):
        head, _, fragment = text.partition("#")
        head, _, query = head.partition("?")
        ref = _fragment(_asked(PlanRef(invitation=fragment), query))
        path = Path(head if _exists(Path(head)) else unquote(head))
    if not _exists(path):
        raise InvalidInputError(
            f"{redact(text)[:200]!r} is no plan URL, no plan id, and no path that exists.",
            hint="Paste a plan URL, a pull request's URL, or the path of a repository.",
        )
    path = path.expanduser()
    return replace(ref, file=path) if path.is_file() else replace(ref, workdir=path)


def _exists(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _asked(ref: PlanRef, query: str) -> PlanRef:
    asked = parse_qs(query)
    pr = asked.get("pr", [""])[0]
    plan = asked.get("plan", [""])[0]
    if pr and not re.fullmatch(r"[1-9][0-9]{0,9}", pr):
        raise InvalidInputError(f"{pr[:40]!r} is not the number of a pull request.")
    return replace(
        ref,
        pr=int(pr) if pr else ref.pr,
        plan_id=checked_plan_id(plan) if plan else ref.plan_id,
    )


def _fragment(ref: PlanRef) -> PlanRef:
    """`#plan-id`, or `#plan-{id}` as the folder is called, says which plan; else an invitation."""
    text = unquote(ref.invitation)
    for candidate in (text.removeprefix("plan-"), text):
        try:
            return replace(ref, plan_id=ref.plan_id or checked_plan_id(candidate), invitation="")
        except InvalidInputError:
            continue
    return ref


def _in_repository(ref: PlanRef, remote: str, hosts: Collection[str]) -> PlanRef:
    address = repository_address(check_remote_url(remote))
    if not address.host:
        return replace(ref, workdir=Path(address.project))
    _check_host(address.host, hosts)
    if not address.project:
        raise InvalidInputError(
            f"{redact(remote)[:200]!r} names no repository.",
            hint="Paste the address that the plan was shared with.",
        )
    return replace(ref, repository=remote)


def _named(repo: str, page: SplitResult, hosts: Collection[str]) -> str:
    """The remote that `?repo=` means on a page: `org/project` is on the page's own provider."""
    if not _short.match(repo):
        return _web_repository(repo)
    host = _host(page)
    for suffix, provider in _pages.items():
        if host.endswith(f".{suffix}"):
            return f"https://{provider}/{repo}"
    _check_host(host, hosts)
    return f"https://github.com/{repo}"


def _web_repository(repo: str) -> str:
    if not repository_address(repo).host:
        raise InvalidInputError(
            f"{redact(repo)[:200]!r} is not a repository that a plan URL can name.",
            hint="It is org/project or the URL of a repository.",
        )
    return repo


def _check_host(host: str, hosts: Collection[str]) -> None:
    bare = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if known_host(host) or host in hosts or bare in hosts:
        return
    raise InvalidInputError(
        f"{host[:200]!r} is neither the host of the repository at hand nor configured.",
        hint="Add it to the configured hosts if you trust it, or clone the repository.",
        host=host[:200],
    )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _host(parts)
    except ValueError:
        raise InvalidInputError(f"{redact(text)[:200]!r} is not a URL.") from None
    if parts.scheme not in {"http", "https", "ssh", "git", "file"}:
        raise InvalidInputError(
            f"URLs that begin with {parts.scheme[:40] + ':'!r} are not used.",
            hint="Use an http, https, ssh, git or file URL, or a path.",
        )
    if parts.scheme != "file" and not parts.hostname:
        raise InvalidInputError(f"{redact(text)[:200]!r} names no host.")
    return parts


def _host(parts: SplitResult) -> str:
    host, port = (parts.hostname or "").lower(), parts.port
    return f"{host}:{port}" if port and port not in {80, 443} else host


def _github_page(address: RepositoryAddress) -> str:
    org, _, name = address.project.partition("/")
    return f"https://{org.lower()}.github.io/{quote(name)}/plan"
