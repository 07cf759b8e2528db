from __future__ import annotations

import pytest

from peerplan_jupyter.coordination.project import Project
from peerplan_jupyter.coordination.server.projects import reported_project
from peerplan_jupyter.coordination.server.reports import CostReport, RunReport, parse_report
from peerplan_jupyter.errors import InvalidInputError

from ...support.workspaces import git
from .conftest import report_facts


@pytest.mark.parametrize("kind", ["start", "heartbeat", "stop"])
def test_a_report_says_how_far_a_run_is(kind):
    report = parse_report(
        kind, report_facts(cost="1.5", phases=[{"name": "test", "status": "passed"}])
    )
    assert isinstance(report, RunReport)
    assert (report.cost, report.phases[0].status) == (1.5, "passed")


def test_the_cost_of_a_run_is_a_report_of_its_own():
    assert isinstance(parse_report("cost", report_facts(cost=2)), CostReport)


@pytest.mark.parametrize(
    ("kind", "fields", "named"),
    [
        ("approve", {}, "approve"),
        ("start", {"task": "../../etc"}, "task"),
        ("start", {"title": "two\nlines"}, "title"),
        ("start", {"title": "\x1b[31mred"}, "title"),
        ("start", {"title": "x" * 301}, "title"),
        ("start", {"executor": "x" * 201}, "executor"),
        ("start", {"status": "approved"}, "status"),
        ("start", {"tag": "AM"}, "tag"),
        ("start", {"machine": "a b"}, "machine"),
        ("start", {"cost": -1}, "cost"),
        ("start", {"cost": float("nan")}, "cost"),
        ("start", {"cost": 1e300}, "cost"),
        ("start", {"project": {"key": "x", "name": "shop"}}, "project.key"),
        ("start", {"phases": [{"name": "p", "status": "passed"}] * 51}, "phases"),
        ("cost", {}, "cost"),
    ],
)
def test_what_is_no_report_is_refused_with_the_field_that_is_wrong(kind, fields, named):
    with pytest.raises(InvalidInputError, match=named):
        parse_report(kind, report_facts(**fields))


def test_clones_of_one_remote_are_one_project_however_it_is_reached(tmp_path):
    git(tmp_path, "init", "-q")
    project = Project.find(tmp_path)
    alone = reported_project(project)
    assert alone.name == tmp_path.name
    git(tmp_path, "remote", "add", "origin", "https://ada:secret@git.example.org/team/shop.git")
    over_https = reported_project(project)
    git(tmp_path, "remote", "set-url", "origin", "git@git.example.org:team/shop")
    assert reported_project(project) == over_https != alone
    assert over_https.name == "shop"
    git(tmp_path, "remote", "set-url", "origin", "ssh://git@git.example.org/team/other.git")
    assert reported_project(project).key != over_https.key
