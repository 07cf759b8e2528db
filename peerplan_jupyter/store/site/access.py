"""What a page may read, from which hosts: as `site.json` says it, and as its policy holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from ...errors import InvalidInputError
from ...git.address import redact
from ..hosts import (
    RAW_TEMPLATES,
    RepositoryAddress,
    checked_template,
    host_kind,
    repository_address,
)
from ..names import PLAN_BRANCH

API_BASES: Mapping[str, str] = {
    "github": "https://api.github.com",
    "github-enterprise": "https://{host}/api/v3",
    "gitlab": "https://{host}/api/v4",
    "bitbucket": "https://api.bitbucket.org/2.0",
    "gitea": "https://{host}/api/v1",
}
"""By kind of host, where its API begins: pages read there what raw files do not show them."""
_PROJECTS: Mapping[str, str] = {
    "github": "repos/{project}",
    "github-enterprise": "repos/{project}",
    "gitlab": "projects/{encoded}",
    "bitbucket": "repositories/{project}",
    "gitea": "repos/{project}",
}
_source = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9.:\[\]%/_~@!$&()*+=-]+)?\Z")


@dataclass(frozen=True)
class PageHost:
    """How a page reads the repositories of one host."""

    kind: str
    """A key of `RAW_TEMPLATES`; empty where only a template is known."""
    raw: str
    api: str
    """Where its API begins; empty where none is known."""


@dataclass(frozen=True)
class Access:
    """The hosts of a site, the repositories that it is for, and what its pages may ask."""

    repositories: tuple[str, ...]
    """Their addresses on the web; links that name none mean the first."""
    hosts: Mapping[str, PageHost]
    whole: frozenset[str] = frozenset()
    """Hosts of which every repository may be read."""
    servers: tuple[str, ...] = ()
    """Room servers that pages may talk to."""
    any_server: bool = False
    branch: str = PLAN_BRANCH
    copies: Mapping[str, Any] | None = field(default=None)
    """The commit of the plan branch that lies beside the page, and its time."""

    def to_wire(self) -> dict[str, Any]:
        """`site.json`."""
        return {
            "v": 1,
            "repository": self.repositories[0] if self.repositories else "",
            "branch": self.branch,
            "hosts": {name: vars(one) for name, one in sorted(self.hosts.items())},
            "connect": self.connect(),
            "copies": dict(self.copies) if self.copies else None,
            "servers": list(self.servers),
        }

    def connect(self) -> list[str]:
        """Beginnings of the URLs that pages may ask, besides their own site's."""
        found = [self._raw(address) for address in self._addresses()]
        found += [one for address in self._addresses() for one in self._api(address)]
        for name in sorted(self.whole):
            host = self.hosts[name]
            found += [f"{_origin(host.raw.format(host=name, project='', branch='', path=''))}/"]
            found += [f"{host.api}/"] if host.api else []
        found += [*self.servers, *(["wss:"] if self.any_server else [])]
        return [_checked_source(one) for one in dict.fromkeys(found) if one]

    def policy(self) -> str:
        """The content security policy of the page: nothing but what is named here."""
        rules = {
            "default-src": ["'none'"],
            "script-src": ["'self'", "'wasm-unsafe-eval'"],
            "style-src": ["'self'"],
            "img-src": ["blob:", "data:"],
            "media-src": ["blob:"],
            "connect-src": ["'self'", "blob:", *self.connect()],
            "form-action": ["'none'"],
            "base-uri": ["'none'"],
        }
        return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())

    def _addresses(self) -> list[RepositoryAddress]:
        return [repository_address(url) for url in self.repositories]

    def _raw(self, address: RepositoryAddress) -> str:
        template = self.hosts[address.host].raw
        filled = template.format(
            host=address.host,
            project=quote(address.project),
            branch=quote(self.branch, safe="/"),
            path="",
        )
        return filled.partition("?")[0] if template else ""

    def _api(self, address: RepositoryAddress) -> list[str]:
        host = self.hosts[address.host]
        if not host.api:
            return []
        project = _PROJECTS[host.kind].format(
            project=quote(address.project), encoded=quote(address.project, safe="")
        )
        return [f"{host.api}/{project}", f"{host.api}/{project}/"]


def access(
    repositories: Iterable[str],
    *,
    named: Iterable[str] = (),
    raw_urls: Mapping[str, str] | None = None,
    servers: Iterable[str] = (),
    any_server: bool = False,
) -> Access:
    """What a page for `repositories` (URLs of remotes) may read.

    `named` are further hosts, each `host`, `host=kind` or `host=template` (see `RAW_TEMPLATES`);
    `raw_urls` says the same of hosts that are configured. Raises `InvalidInputError` for a
    repository that no page can read, a host of unknown kind, and what is no room server.
    """
    told = {**(raw_urls or {}), **dict(_named(one) for one in named)}
    whole = frozenset(one.partition("=")[0].lower() for one in named)
    urls = [_web_address(url) for url in repositories]
    names = {repository_address(url).host for url in urls} | whole
    return Access(
        repositories=tuple(urls),
        hosts={name: page_host(name, told.get(name, "")) for name in names},
        whole=whole,
        servers=tuple(_checked_server(one) for one in servers),
        any_server=any_server,
    )


def page_host(name: str, told: str = "") -> PageHost:
    """How a host is read, by what was `told` of it (a kind, a template, or nothing), else by its
    name.
    """
    kind = told if told in RAW_TEMPLATES else host_kind(name)
    raw = RAW_TEMPLATES.get(told or kind or "", told)
    if not raw:
        raise InvalidInputError(
            f"Nobody knows which software {name[:200]!r} runs.",
            hint=f"Say it: --host {name[:100]}={'|'.join(RAW_TEMPLATES)}, or give a template.",
        )
    api = API_BASES.get(kind or "", "").format(host=name)
    return PageHost(kind or "", raw, api)


def _named(text: str) -> tuple[str, str]:
    name, _, told = text.partition("=")
    return name.lower(), checked_template(told) if told else ""


def _web_address(url: str) -> str:
    """Where a repository is for browsers. `InvalidInputError` for one on this machine."""
    address = repository_address(url)
    if not address.host or not address.project:
        raise InvalidInputError(
            f"{redact(url)[:200]!r} is no repository that a page can read.",
            hint="Name its address with --repo, or take its plans along with --from-branch.",
        )
    scheme = "http" if url.startswith("http://") else "https"
    return f"{scheme}://{address.host}/{quote(address.project)}"


def _checked_server(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInputError(
            f"{redact(url)[:200]!r} is not the address of a room server.",
            hint="It begins with wss:// or ws://.",
        )
    return url


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _checked_source(text: str) -> str:
    """`text`, if it can stand in a policy, where spaces, commas and semicolons have a meaning."""
    if _source.match(text):
        return text
    raise InvalidInputError(f"{redact(text)[:200]!r} cannot be named in the policy of a page.")
