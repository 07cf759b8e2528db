from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.git.address import check_remote_url, redact


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/b.git",
        "ssh://git@example.org:2222/a/b.git",
        "git@example.org:a/b.git",
        "git://example.org/a",
        "file:///srv/a.git",
        "/srv/a.git",
        "../a.git",
        "C:\\repositories\\a.git",
    ],
)
def test_ordinary_remotes_are_taken(url):
    assert check_remote_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=x",
        "ext::sh -c whoami",
        "fd::17",
        "::x",
        "ftp://example.org/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://user@-oProxyCommand=x/a",
        "https://example.org/\n[core]",
        "a\0b",
    ],
)
def test_options_helpers_and_other_schemes_are_refused(url):
    with pytest.raises(InvalidInputError):
        check_remote_url(url)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:secret@example.org/a", "https://example.org/a"),
        ("https://ghp_secret@example.org/a", "https://example.org/a"),
        ("https://a:p@secret@example.org/a", "https://example.org/a"),
        ("ssh://git@example.org/a", "ssh://git@example.org/a"),
        ("ssh://git:secret@example.org/a", "ssh://git@example.org/a"),
        ("fatal: 'https://x:secret@h/a' not found", "fatal: 'https://h/a' not found"),
    ],
)
def test_credentials_are_not_shown(text, shown):
    assert redact(text) == shown


@given(st.text(st.characters(exclude_characters="/ \t\r\n'\"", codec="utf-8"), min_size=8))
def test_no_password_survives(password):
    assert redact(f"x https://user:{password}@host/a y").count(password) == (
        "x https://host/a y".count(password)
    )
