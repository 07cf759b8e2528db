"""The hosts that serve repositories: which they are, and where their raw files lie."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from urllib.parse import quote, unquote, urlsplit

from ..errors import InvalidInputError
from ..git.address import check_remote_url, redact

RAW_TEMPLATES: Mapping[str, str] = {
    "github": "https://raw.githubusercontent.com/{project}/{branch}/{path}",
    "github-enterprise": "https://{host}/raw/{project}/{branch}/{path}",
    "gitlab": "https://{host}/{project}/-/raw/{branch}/{path}",
    "bitbucket": "https://{host}/{project}/raw/{branch}/{path}",
    "gitea": "https://{host}/{project}/raw/branch/{branch}/{path}",
    "cgit": "https://{host}/{project}/plain/{path}?h={branch}",
    "gitweb": "https://{host}/?p={project}.git;a=blob_plain;f={path};hb={branch}",
}
"""By kind of host; `{path}` is the file's path in the plan branch."""
PLACEHOLDERS = ("host", "project", "branch", "path")

_known = {
    "github.com": "github",
    "raw.githubusercontent.com": "github",
    "gitlab.com": "gitlab",
    "bitbucket.org": "bitbucket",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
    "git.kernel.org": "cgit",
}
_telling = (
    ("github", "github-enterprise"),
    ("gitlab", "gitlab"),
    ("bitbucket", "bitbucket"),
    ("gitea", "gitea"),
    ("forgejo", "gitea"),
    ("cgit", "cgit"),
    ("gitweb", "gitweb"),
)
_scp = re.compile(r"(?:[^@/\s]+@)?(\[[0-9a-fA-F:]+\]|[^:/\s]{2,}):(?!//)(.+)\Z")


@dataclass(frozen=True)
class RepositoryAddress:
    """A remote's URL taken apart. `host` is empty for a folder on this machine."""

    host: str
    """Lower case, with a port other than the scheme's own for http(s)."""
    project: str
    """The path on the host without `.git`, or the path of the folder."""


def repository_address(url: str) -> RepositoryAddress:
    """The host and the project of a remote's URL: https, ssh, scp-like, file, or a path.

    Raises `InvalidInputError` for what `check_remote_url` refuses.
    """
    check_remote_url(url)
    if "://" in url:
        return _from_url(url)
    scp = _scp.match(url)
    if scp and not Path(url).exists():
        return RepositoryAddress(scp[1].lower(), _project(scp[2]))
    return RepositoryAddress("", str(Path(url).expanduser()))


def host_kind(host: str) -> str | None:
    """Which software a host runs, as a key of `RAW_TEMPLATES`: known, or told by the host's name.
    None when nobody knows.
    """
    return _known.get(host) or next((kind for word, kind in _telling if word in host), None)


def known_host(host: str) -> bool:
    """Whether the host is a public one that the table names."""
    return host in _known


def known_hosts() -> frozenset[str]:
    """The public hosts that the table names."""
    return frozenset(_known)


def raw_url(
    remote_url: str,
    branch: str,
    folder: str,
    file: str,
    *,
    templates: Mapping[str, str] | None = None,
) -> str | None:
    """The URL under which a file of the plan branch is served as it is, or None where the kind
    of host is not known. `templates` (host to template, or to a key of `RAW_TEMPLATES`) goes
    before the table.
    """
    address = raw_urls(remote_url, branch, folder, templates)
    return address(file) if address else None


def raw_urls(
    remote_url: str, branch: str, folder: str, templates: Mapping[str, str] | None = None
) -> Callable[[str], str] | None:
    """As `raw_url`, for all files of a folder: what gives a file's URL."""
    address = repository_address(remote_url)
    if not address.host:
        return None
    chosen = (templates or {}).get(address.host) or host_kind(address.host)
    template = RAW_TEMPLATES.get(chosen or "", chosen)
    if not template:
        return None
    project, place = quote(address.project), quote(branch, safe="/")
    return lambda file: template.format(
        host=address.host, project=project, branch=place, path=quote(f"{folder}/{file}")
    )


def checked_template(text: str) -> str:
    """`text`, if `raw_url` can use it: a key of `RAW_TEMPLATES`, or the template of an http(s) URL
    with `{path}` and no other placeholder than `PLACEHOLDERS`, of which the host may have only
    `{host}`. Raises `InvalidInputError`.
    """
    if text in RAW_TEMPLATES:
        return text
    fault = _template_fault(text)
    if fault:
        raise InvalidInputError(
            f"{fault}; expected one of {', '.join(RAW_TEMPLATES)}, or a template such as "
            f"{RAW_TEMPLATES['gitea']}"
        )
    return text


def _template_fault(text: str) -> str:
    try:
        parts = urlsplit(text)
        named = [_placeholder(*one[1:]) for one in Formatter().parse(text) if one[1] is not None]
    except ValueError as error:
        return f"it is no template ({error})"
    strange = [one for one in named if one not in PLACEHOLDERS]
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return "it begins with neither https:// and a host nor http:// and a host"
    if strange:
        return f"the placeholder {{{strange[0]}}} is none of {{{'}, {'.join(PLACEHOLDERS)}}}"
    if "path" not in named:
        return "it has no {path}"
    if {"@", "{", "}"} & set(parts.netloc.replace("{host}", "")):
        return "its host has a user or a placeholder other than {host}"
    return ""


def _placeholder(name: str | None, form: str | None, conversion: str | None) -> str:
    """What stands between the braces."""
    return f"{name}{'!' * bool(conversion)}{conversion or ''}{':' * bool(form)}{form or ''}"


def _from_url(url: str) -> RepositoryAddress:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise InvalidInputError(f"{redact(url)[:200]!r} is not a URL.") from None
    if parts.scheme == "file":
        return RepositoryAddress("", unquote(parts.path))
    if port and parts.scheme in {"http", "https"} and port not in {80, 443}:
        host = f"{host}:{port}"
    return RepositoryAddress(host, _project(unquote(parts.path)))


def _project(path: str) -> str:
    return path.strip("/").removesuffix(".git").strip("/")
