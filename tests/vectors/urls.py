"""`urls.json`: what plan URLs say, and where raw files lie, for readers in both languages."""

from __future__ import annotations

from typing import Any

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.store.hosts import RAW_TEMPLATES, known_hosts, raw_url, repository_address
from peerplan_jupyter.store.url import parse_plan_url

PAGE = "https://acme.github.io/rocket/plan"
RAW = "https://raw.githubusercontent.com/acme/rocket/plan-artifacts"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def make() -> dict[str, Any]:
    return {
        "knownHosts": sorted(known_hosts()),
        "templates": dict(RAW_TEMPLATES),
        "plans": [plan(url, hosts) for url, hosts in plans()],
        "refused": [refused(url) for url in refusals()],
        "raw": [raw(*case) for case in files()],
    }


def plan(url: str, hosts: tuple[str, ...]) -> dict[str, Any]:
    ref = parse_plan_url(url, hosts=hosts)
    address = repository_address(ref.repository) if ref.repository else None
    return {
        "url": url,
        "hosts": list(hosts),
        "planId": ref.plan_id,
        "pr": ref.pr,
        "repository": [address.host, address.project] if address else None,
        "raw": ref.raw,
        "invitation": ref.invitation,
    }


def plans() -> list[tuple[str, tuple[str, ...]]]:
    known = [
        f"{PAGE}?repo=acme/rocket&pr=7&plan=auth-flow",
        f"{PAGE}?repo=acme/rocket&plan=auth-flow#room=r&key=k",
        f"{PAGE}?repo=acme/rocket&pr=7",
        f"{PAGE}/?plan={ULID}&repo=acme/rocket&pr=&x=1",
        "https://acme.gitlab.io/rocket/plan.html?repo=acme/rocket&plan=auth-flow",
        f"{PAGE}?repo=https://gitlab.com/a/b/c.git&plan=auth-flow",
        f"{PAGE}?repo=git%40codeberg.org%3Aa%2Fb.git&plan=auth-flow",
        f"{PAGE}?repo=ssh://git@github.com/a/b%20c/&plan=auth-flow",
        "https://github.com/acme/rocket/pull/12",
        "https://github.com/acme/rocket/pull/12/files#auth-flow",
        "https://gitlab.com/a/b/c/-/merge_requests/3",
        "https://bitbucket.org/a/b/pull-requests/4/overview#plan-auth-flow",
        "https://codeberg.org/a/b/pulls/5",
        f"{RAW}/pr-3/plan-auth-flow/plan.json",
        f"{RAW}/drafts/plan-auth-flow/plan.json",
        f"{RAW}/drafts/plan-X/plan.json",
        f"{RAW}/elsewhere/plan.json",
        "https://github.com/acme/rocket.git?plan=auth-flow",
        "git@github.com:a/b.git#auth-flow",
        "ssh://git@github.com/a/b.git?plan=auth-flow",
        "auth-flow",
        f"  {ULID} ",
    ]
    own = [
        ("https://git.acme.dev:8443/a/b?plan=auth-flow", ("git.acme.dev:8443",)),
        ("https://git.acme.dev:8443/a/b?plan=auth-flow", ("git.acme.dev",)),
        ("https://docs.acme.dev/plan?repo=acme/rocket&plan=auth-flow", ("docs.acme.dev",)),
        ("http://127.0.0.1:8000/drafts/plan-auth-flow/plan.json", ("127.0.0.1:8000",)),
    ]
    return [(url, ()) for url in known] + own


def refused(url: str) -> str:
    try:
        parse_plan_url(url)
    except InvalidInputError:
        return url
    raise AssertionError(f"{url} was not refused.")


def refusals() -> list[str]:
    """Not those of paths, schemes and helpers of git that a page cannot be asked for."""
    return [
        "",
        "x" * 5000,
        "a\0b",
        "https://evil.example/x/drafts/plan-auth/plan.json",
        "https://evil.example/plan.json",
        "https://evil.example/a/b/pull/1",
        "https://evil.example/a/b?plan=auth",
        "https://evil.example/plan?repo=acme/rocket&plan=auth",
        "https://github.com.evil.example/a/b/pull/1",
        "https://github.com@evil.example/a/b/pull/1",
        f"{PAGE}?repo=https://evil.example/a/b&plan=auth",
        f"{PAGE}?repo=https://github.com%40evil.example/a/b&plan=auth",
        "ssh://git@evil.example/a/b",
        "git@evil.example:a/b.git",
        "https://",
        "https://[::1",
        "https://github.com:port/a/b",
        "https://github.com",
        "ftp://github.com/a/b",
        "javascript://github.com/%0aalert(1)",
        f"{PAGE}?repo=acme/r&plan=../../etc",
        f"{PAGE}?repo=acme/r&pr=-1",
        f"{PAGE}?repo=acme/r&pr=abc",
        f"{PAGE}?repo=/etc&plan=auth",
        f"{PAGE}?repo=--upload-pack%3Dx/y&plan=auth",
        f"{PAGE}?repo=ext::sh&plan=auth",
        "https://ada:hunter2@evil.example/a/b?plan=auth",
    ]


def raw(remote: str, path: str, template: str | None) -> dict[str, Any]:
    host = repository_address(remote).host
    folder, _, file = path.rpartition("/")
    url = raw_url(remote, "plans", folder, file, templates={host: template} if template else None)
    return {"remote": remote, "path": path, "template": template, "url": url}


def files() -> list[tuple[str, str, str | None]]:
    own = "https://files.acme.dev/{project}/{path}"
    return [
        ("https://github.com/a/b.git", "pr-1/plan-x/a b.png", None),
        ("git@github.com:a/b.git", "drafts/plan-x/é'(1)!*~#?.png", None),
        ("https://t0ken@github.com/a/b", "d/plan.json", None),
        ("ssh://git@gitlab.com/g/s/p.git", "d/x.png", None),
        ("https://gitlab.acme.dev:8443/p/q", "d/x.png", None),
        ("git@bitbucket.org:a/b.git", "d/x.png", None),
        ("https://codeberg.org/a/b", "d/x.png", None),
        ("https://git.kernel.org/a.git", "d/x&y.png", None),
        ("https://gitweb.acme.dev/a.git", "d/x.png", None),
        ("https://git.acme.dev/a/b.git", "d/x.png", None),
        ("git@git.acme.dev:a/b.git", "d/x.png", "gitea"),
        ("git@git.acme.dev:a/b c.git", "d/x.png", own),
    ]
