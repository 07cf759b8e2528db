"""The addresses of remotes: which git may be told to talk to, and how they are shown."""

from __future__ import annotations

import re

from ..errors import InvalidInputError

SCHEMES = frozenset({"http", "https", "ssh", "git", "file"})

_helper = re.compile(r"[A-Za-z0-9.+-]*::")
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9.+-]*)://")
_web_credentials = re.compile(r"(https?://)[^/ \t\r\n'\"]*@", re.IGNORECASE)
_password = re.compile(r"(://[^/ \t\r\n@:'\"]*):[^/ \t\r\n'\"]*@")


def check_remote_url(url: str) -> str:
    """`url`, if git may be told to talk to it: http(s), ssh, git, file or a path.

    Raises `InvalidInputError` for anything that git would take for an option or would run as a
    program (`ext::` and other helpers). Credentials are not repeated in the error.
    """
    shown = redact(url)[:200]
    if not url or url.startswith("-") or any(c < " " or c == "\x7f" for c in url):
        raise InvalidInputError(f"{shown!r} cannot be the URL of a remote.")
    scheme = _scheme.match(url)
    if _helper.match(url) or (scheme and scheme[1].lower() not in SCHEMES):
        raise InvalidInputError(
            f"Remotes of the kind {shown.split(':')[0] + ':'!r} are not used.",
            hint="Use an http, https, ssh, git or file URL, or a path.",
        )
    rest = url[scheme.end() :] if scheme else url
    if scheme and (rest.startswith("-") or rest.partition("@")[2].startswith("-")):
        raise InvalidInputError(f"{shown!r} names a host that begins with '-'.")
    return url


def redact(text: str) -> str:
    """`text` without the passwords in its URLs, and without the users in those of the web, which
    may be tokens.
    """
    return _password.sub(r"\1@", _web_credentials.sub(r"\1", text))
