"""The example notebooks run from top to bottom, as they are."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, folder):
    """A notebook after its run, in a folder that is in no repository."""
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return notebook


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    return run("review.ipynb", tmp_path_factory.mktemp("example"))


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(notebook):
    streams = [one for one in outputs(notebook) if one.output_type == "stream"]
    return "".join(one.text for one in streams if one.name == "stdout")


def test_the_example_prints_what_it_explains(ran):
    said = printed(ran)
    assert "test_results junit.xml sha256:" in said
    assert "screenshot speed.svg sha256:" in said
    assert ": pending_review" in said
    assert "concern resolved Unknown languages fall back to English." in said
    assert "pr-3/plan-greetings/plan.json" in said
    assert "pr-3/plan-greetings/junit.xml" in said
    assert "the work tree is clean" in said


def test_the_example_shows_the_interface_and_a_page_without_a_kernel(ran):
    (shown,) = [one.data for one in outputs(ran) if one.output_type == "execute_result"]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "Greet people in their own language" in shown["text/html"]


def test_two_kernels_with_nothing_but_a_link_between_them_review_together(tmp_path):
    said = printed(run("two_kernels.ipynb", tmp_path))
    assert "Ben reads: Keep sessions in Redis" in said
    assert "Ada reads: What if Redis is down?" in said
    assert "Ben reads: Then nobody can sign in, and we are paged." in said
    assert "Ben is told: You were invited to this plan as a reviewer" in said


def test_two_people_bring_one_task_through_a_human_gate_with_nothing_but_git(tmp_path):
    notebook = run("team.ipynb", tmp_path)
    said = printed(notebook)
    assert "review: changes requested by Bob (human gate)." in said
    assert "r2: pending_review" in said
    assert "review: passed by Bob (human gate)." in said
    assert "Alice's run ended with 0" in said
    assert "TASK-AM-001  completed medium  review     Greet people in German    (alice)" in said
    assert 'return "Guten Tag " + name' in said
    assert "Alice's own checkout is clean" in said
    (shown,) = [one.data for one in outputs(notebook) if one.output_type == "execute_result"]
    assert "TASK-AM-001: Greet people in German" in shown["text/html"]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.ipynb")))
def test_an_example_is_committed_without_outputs(name):
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    assert outputs(notebook) == []
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}
