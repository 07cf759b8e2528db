from __future__ import annotations

import pytest

from peerplan_jupyter.errors import InvalidInputError
from peerplan_jupyter.store.hosts import RAW_TEMPLATES
from peerplan_jupyter.store.site.access import API_BASES, access


@pytest.mark.parametrize(
    ("repository", "connect"),
    [
        ("git@github.com:acme/rocket.git",
         ["https://raw.githubusercontent.com/acme/rocket/plan-artifacts/",
          "https://api.github.com/repos/acme/rocket", "https://api.github.com/repos/acme/rocket/"]),
        ("https://gitlab.com/a/b/c.git",
         ["https://gitlab.com/a/b/c/-/raw/plan-artifacts/",
          "https://gitlab.com/api/v4/projects/a%2Fb%2Fc", "https://gitlab.com/api/v4/projects/a%2Fb%2Fc/"]),
        ("https://token@codeberg.org/a/b",
         ["https://codeberg.org/a/b/raw/branch/plan-artifacts/",
          "https://codeberg.org/api/v1/repos/a/b", "https://codeberg.org/api/v1/repos/a/b/"]),
        ("ssh://git@bitbucket.org/a/b.git",
         ["https://bitbucket.org/a/b/raw/plan-artifacts/",
          "https://api.bitbucket.org/2.0/repositories/a/b",
          "https://api.bitbucket.org/2.0/repositories/a/b/"]),
        ("https://git.kernel.org/a.git", ["https://git.kernel.org/a/plain/"]),
        ("https://gitweb.acme.dev/a.git", ["https://gitweb.acme.dev/"]),
    ],
)  # fmt: skip
def test_a_page_may_ask_for_its_own_repository_and_nothing_else(repository, connect):
    made = access([repository])
    assert made.connect() == connect
    assert f"connect-src 'self' blob: {' '.join(connect)};" in made.policy()


def test_a_policy_allows_nothing_that_is_not_named():
    rules = dict(
        rule.split(" ", 1) for rule in access(["https://github.com/a/b"]).policy().split("; ")
    )
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert rules["style-src"] == "'self'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert not any("unsafe-inline" in rule or "*" in rule for rule in rules.values())


def test_a_host_is_read_by_what_was_said_of_it():
    made = access(
        ["https://git.acme.dev/a/b"],
        named=["git.acme.dev=gitea", "files.acme.dev=https://{host}/x/{project}/{path}"],
        servers=["wss://rooms.acme.dev/peerplan/room"],
    )
    assert made.hosts["git.acme.dev"].raw == RAW_TEMPLATES["gitea"]
    assert made.hosts["git.acme.dev"].api == "https://git.acme.dev/api/v1"
    assert made.hosts["files.acme.dev"].api == ""
    assert {"https://git.acme.dev/", "https://files.acme.dev/"} < set(made.connect())
    assert made.connect()[-1] == "wss://rooms.acme.dev/peerplan/room"


def test_settings_say_what_a_host_runs_and_any_server_means_any():
    made = access(["https://h.dev/a"], raw_urls={"h.dev": "gitlab"}, any_server=True)
    assert made.hosts["h.dev"].kind == "gitlab"
    assert made.connect()[-1] == "wss:"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"repositories": ["/srv/git/a.git"]}, "no repository that a page can read"),
        ({"repositories": ["https://git.acme.dev/a/b"]}, "which software"),
        ({"repositories": [], "named": ["h.dev=gitee"]}, "begins with neither"),
        ({"repositories": [], "servers": ["https://rooms.dev"]}, "not the address of a room"),
        ({"repositories": [], "servers": ["wss://a b"]}, "cannot be named in the policy"),
        ({"repositories": [], "servers": ["wss://a; script-src *"]}, "cannot be named"),
        ({"repositories": ["https://github.com/a;b'/c"]}, None),
    ],
)  # fmt: skip
def test_what_no_page_could_ask_is_refused_and_cannot_change_a_policy(given, fault):
    if fault is None:
        assert "a%3Bb%27" in access(**given).policy()
        return
    with pytest.raises(InvalidInputError, match=fault):
        access(**given).policy()


def test_every_kind_of_host_with_an_api_has_raw_files_too():
    assert set(API_BASES) <= set(RAW_TEMPLATES)
