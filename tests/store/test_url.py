from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.errors import InvalidInputError, PeerPlanError
from peerplan_jupyter.store.hosts import RAW_TEMPLATES, checked_template
from peerplan_jupyter.store.url import PlanRef, parse_plan_url, plan_url, raw_url

GITHUB = "https://github.com/acme/rocket"
RAW = "https://raw.githubusercontent.com/acme/rocket/plan-artifacts"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (
            "https://acme.github.io/rocket/plan?repo=acme/rocket&pr=7&plan=auth-flow",
            PlanRef("auth-flow", 7, GITHUB),
        ),
        (
            "https://acme.github.io/rocket/plan?repo=acme/rocket&plan=auth-flow#room=r&key=k",
            PlanRef("auth-flow", None, GITHUB, invitation="room=r&key=k"),
        ),
        ("https://acme.github.io/rocket/plan?repo=acme/rocket&pr=7", PlanRef(None, 7, GITHUB)),
        (f"{GITHUB}/pull/12", PlanRef(None, 12, GITHUB)),
        (f"{GITHUB}/pull/12/files#auth-flow", PlanRef("auth-flow", 12, GITHUB)),
        (
            "https://gitlab.com/a/b/c/-/merge_requests/3",
            PlanRef(None, 3, "https://gitlab.com/a/b/c"),
        ),
        (
            "https://bitbucket.org/a/b/pull-requests/4/overview",
            PlanRef(None, 4, "https://bitbucket.org/a/b"),
        ),
        ("https://codeberg.org/a/b/pulls/5", PlanRef(None, 5, "https://codeberg.org/a/b")),
        (
            f"{RAW}/pr-3/plan-auth-flow/plan.json",
            PlanRef("auth-flow", 3, raw=f"{RAW}/pr-3/plan-auth-flow"),
        ),
        (
            f"{RAW}/drafts/plan-auth-flow/plan.json",
            PlanRef("auth-flow", raw=f"{RAW}/drafts/plan-auth-flow"),
        ),
        (f"{GITHUB}.git?plan=auth-flow", PlanRef("auth-flow", None, f"{GITHUB}.git")),
        ("git@github.com:a/b.git#auth-flow", PlanRef("auth-flow", None, "git@github.com:a/b.git")),
        (
            "ssh://git@github.com/a/b.git?plan=auth-flow",
            PlanRef("auth-flow", None, "ssh://git@github.com/a/b.git"),
        ),
        ("auth-flow", PlanRef("auth-flow")),
        ("  01ARZ3NDEKTSV4RRFFQ69G5FAV\n", PlanRef("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
    ],
)
def test_what_a_person_pastes_is_understood(text, ref):
    assert parse_plan_url(text) == ref


def test_paths_of_repositories_and_plans_are_understood(tmp_path):
    plan = tmp_path / "a folder" / "plan.json"
    plan.parent.mkdir()
    plan.touch()
    folder = plan.parent
    assert parse_plan_url(str(folder)) == PlanRef(workdir=folder)
    assert parse_plan_url(f"{folder}#auth-flow") == PlanRef("auth-flow", workdir=folder)
    assert parse_plan_url(f"{folder}#plan-auth-flow").plan_id == "auth-flow"
    assert parse_plan_url(f"{folder}?plan=auth-flow&pr=3") == PlanRef(
        "auth-flow", 3, workdir=folder
    )
    assert parse_plan_url(f"{folder.as_uri()}#auth-flow") == PlanRef("auth-flow", workdir=folder)
    assert parse_plan_url(str(plan)) == PlanRef(file=plan)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x/drafts/plan-auth/plan.json",
        "https://evil.example/plan.json",
        "https://evil.example/a/b/pull/1",
        "https://evil.example/a/b?plan=auth",
        "https://evil.example/plan?repo=acme/rocket&plan=auth",
        "https://github.com.evil.example/a/b/pull/1",
        "https://acme.github.io/rocket/plan?repo=https://evil.example/a/b&plan=auth",
        "ssh://git@evil.example/a/b",
        "git@evil.example:a/b.git",
    ],
)
def test_a_host_that_nobody_named_is_refused_until_it_is_configured(url):
    with pytest.raises(InvalidInputError, match=r"evil\.example' is neither"):
        parse_plan_url(url)
    hosts = {"evil.example", "github.com.evil.example"}
    assert parse_plan_url(url, hosts=hosts) != PlanRef()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x" * 5000,
        "a\0b",
        "ftp://github.com/a/b",
        "javascript://github.com/%0aalert(1)",
        "ext::sh -c whoami",
        "https://",
        "https://[::1",
        "https://github.com:port/a/b",
        "https://github.com",
        "--upload-pack=x",
        "/no/such/place",
        "https://acme.github.io/r/plan?repo=acme/r&plan=../../etc",
        "https://acme.github.io/r/plan?repo=acme/r&pr=-1",
        "https://acme.github.io/r/plan?repo=acme/r&pr=abc",
        "https://acme.github.io/r/plan?repo=/etc&plan=auth",
        "https://acme.github.io/r/plan?repo=--upload-pack%3Dx/y&plan=auth",
        "https://acme.github.io/r/plan?repo=ext::sh&plan=auth",
    ],
)
def test_what_means_no_plan_is_refused(url):
    with pytest.raises(InvalidInputError):
        parse_plan_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:hunter2@evil.example/a/b?plan=auth",
        "https://hunter2@evil.example/a/b/pull/1",
        "https://ada:hunter2@github.com:port/a",
        "ftp://ada:hunter2@github.com/a",
        "https://ada:hunter2@",
    ],
)
def test_credentials_are_not_echoed(url):
    with pytest.raises(InvalidInputError) as refused:
        parse_plan_url(url)
    assert "hunter2" not in str(refused.value.to_wire())


@given(st.text(max_size=200) | st.from_regex(r"https?://[^\x00]{0,60}", fullmatch=True))
def test_no_text_makes_the_parser_fail_in_another_way(text):
    with contextlib.suppress(PeerPlanError):
        parse_plan_url(text)


def test_the_url_of_a_plan_is_read_back():
    url = plan_url("git@github.com:acme/rocket.git", "auth-flow", 7)
    assert url == "https://acme.github.io/rocket/plan?repo=acme/rocket&pr=7&plan=auth-flow"
    assert parse_plan_url(url) == PlanRef("auth-flow", 7, GITHUB)
    elsewhere = plan_url("https://token@codeberg.org/a/b.git", "auth-flow")
    assert elsewhere == "https://codeberg.org/a/b.git?plan=auth-flow"
    assert parse_plan_url(elsewhere) == PlanRef(
        "auth-flow", repository="https://codeberg.org/a/b.git"
    )
    paged = plan_url("https://codeberg.org/a/b", "auth-flow", 2, page="https://p.example/plan")
    assert parse_plan_url(paged, hosts={"p.example"}) == PlanRef(
        "auth-flow", 2, "https://codeberg.org/a/b"
    )


def test_the_url_of_a_plan_in_a_folder_is_read_back(tmp_path):
    assert parse_plan_url(plan_url(str(tmp_path), "auth-flow", 2)) == PlanRef(
        "auth-flow", 2, workdir=Path(tmp_path)
    )


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/a/b.git", "https://raw.githubusercontent.com/a/b/plans/d/x%20y.png"),
        ("git@github.com:a/b.git", "https://raw.githubusercontent.com/a/b/plans/d/x%20y.png"),
        ("https://t0ken@github.com/a/b", "https://raw.githubusercontent.com/a/b/plans/d/x%20y.png"),
        ("ssh://git@gitlab.com/g/s/p.git", "https://gitlab.com/g/s/p/-/raw/plans/d/x%20y.png"),
        ("https://gitlab.acme.dev:8443/p/q", "https://gitlab.acme.dev:8443/p/q/-/raw/plans/d/x%20y.png"),
        ("git@bitbucket.org:a/b.git", "https://bitbucket.org/a/b/raw/plans/d/x%20y.png"),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/raw/branch/plans/d/x%20y.png"),
        ("https://git.kernel.org/a.git", "https://git.kernel.org/a/plain/d/x%20y.png?h=plans"),
        ("https://git.acme.dev/a/b.git", None),
        ("/srv/git/b.git", None),
        ("file:///srv/git/b.git", None),
    ],
)  # fmt: skip
def test_raw_files_lie_where_the_host_has_them(remote, url):
    assert raw_url(remote, "plans", "d", "x y.png") == url


def test_a_host_of_ones_own_is_configured_by_kind_or_template():
    remote = "git@git.acme.dev:a/b.git"
    gitea = raw_url(remote, "plans", "d", "f", templates={"git.acme.dev": "gitea"})
    assert gitea == "https://git.acme.dev/a/b/raw/branch/plans/d/f"
    own = {"git.acme.dev": checked_template("https://files.acme.dev/{project}/{path}")}
    assert raw_url(remote, "plans", "d", "f", templates=own) == "https://files.acme.dev/a/b/d/f"


@pytest.mark.parametrize("text", RAW_TEMPLATES.values())
def test_a_template_of_the_table_could_be_configured_too(text):
    assert checked_template(text) == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("gitee", "begins with neither"),
        ("ftp://git.acme.dev/{path}", "begins with neither"),
        ("https:///{path}", "begins with neither"),
        ("https://[git/{path}", "no template"),
        ("https://git.acme.dev/{path", "no template"),
        ("https://git.acme.dev/{project}", "has no {path}"),
        ("https://git.acme.dev/{file}/{path}", "placeholder {file} is none of {host}, {project}"),
        ("https://git.acme.dev/{path.__class__}", "placeholder {path.__class__}"),
        ("https://git.acme.dev/{path!r}", "placeholder {path!r}"),
        ("https://git.acme.dev/{path:>9}", "placeholder {path:>9}"),
        ("https://git.acme.dev/{}{path}", "placeholder {}"),
        ("https://{project}.acme.dev/{path}", "other than {host}"),
        ("https://token@{host}/{path}", "has a user"),
    ],
)
def test_a_template_that_could_not_be_filled_is_refused_with_what_was_expected(text, fault):
    with pytest.raises(InvalidInputError) as refused:
        checked_template(text)
    assert fault in refused.value.message
    assert "expected one of github, github-enterprise, gitlab" in refused.value.message
