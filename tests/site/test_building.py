from __future__ import annotations

import json
import re

import pytest

from peerplan_jupyter.errors import InvalidInputError, NotFoundError
from peerplan_jupyter.git.repository import Repository
from peerplan_jupyter.store.site.access import access
from peerplan_jupyter.store.site.building import build_site
from peerplan_jupyter.store.site.copies import copy_plans

GITHUB = "https://github.com/acme/rocket"


def test_a_site_has_the_page_under_both_addresses_with_its_policy(tmp_path):
    site = tmp_path / "site"
    build_site(site, access([GITHUB]))
    for name, root in (("plan.html", ""), ("plan/index.html", "../")):
        text = (site / name).read_text("utf-8")
        (source,) = re.findall(r'src="([^"]+)"', text)
        assert source == f"{root}peerplan/start-AB12.js"
        assert ((site / name).parent / source).is_file()
        assert "default-src &#x27;none&#x27;" in text
        assert "{{" not in text
    told = json.loads((site / "site.json").read_text("utf-8"))
    assert told["repository"] == GITHUB
    assert told["connect"] == access([GITHUB]).connect()
    assert (site / ".nojekyll").is_file()
    assert (site / "404.html").is_file()


def test_a_site_that_is_built_again_keeps_nothing_of_an_older_page(tmp_path):
    site = tmp_path / "site"
    build_site(site, access([GITHUB]))
    (site / "peerplan" / "old.js").write_text("")
    build_site(site, access([GITHUB]))
    assert not (site / "peerplan" / "old.js").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    site = tmp_path / "docs"
    site.mkdir()
    (site / "index.html").write_text("mine")
    with pytest.raises(InvalidInputError, match="something else"):
        build_site(site, access([GITHUB]))
    assert (site / "index.html").read_text() == "mine"
    with pytest.raises(InvalidInputError, match="is a file"):
        build_site(site / "index.html", access([GITHUB]))


def test_an_installation_without_the_page_says_how_to_build_it(tmp_path, built):
    (built / "page.html").unlink()
    with pytest.raises(NotFoundError) as missing:
        build_site(tmp_path / "site", access([GITHUB]))
    assert "npm run build" in missing.value.hint


def test_published_plans_are_taken_along_and_listed(tmp_path, published):
    site = tmp_path / "site"
    with Repository.open(published) as repository:
        copies = copy_plans(repository, site / "plans")
    build_site(site, access([GITHUB]), copies)
    assert [(one.folder, one.title) for one in copies.plans] == [
        ("pr-7/plan-sessions", "Move <sessions>")
    ]
    told = json.loads((site / "site.json").read_text("utf-8"))
    assert told["copies"] == {"commit": copies.commit, "at": copies.at}
    index = (site / "index.html").read_text("utf-8")
    assert '<a href="plan?pr=7&amp;plan=sessions">Move &lt;sessions&gt;</a>' in index


def test_evidence_beside_the_page_cannot_become_a_page_of_the_site(tmp_path, published):
    with Repository.open(published) as repository:
        copy_plans(repository, tmp_path / "plans")
    names = sorted(one.name for one in (tmp_path / "plans" / "pr-7" / "plan-sessions").iterdir())
    assert names == ["page.html.data", "plan.json", "plan.loro"]


def test_without_a_plan_branch_nothing_can_be_taken_along(tmp_path, make_clone, make_remote):
    with (
        Repository.open(make_clone(make_remote())) as repository,
        pytest.raises(NotFoundError, match="plan-artifacts"),
    ):
        copy_plans(repository, tmp_path / "plans")
