from __future__ import annotations

from pathlib import Path

import pytest

from peerplan_jupyter.coordination.config.schema import GateType
from peerplan_jupyter.coordination.resources.chain import Kind
from peerplan_jupyter.coordination.resources.prompts import PromptService
from peerplan_jupyter.coordination.resources.skills import SkillService
from peerplan_jupyter.coordination.resources.source import Source
from peerplan_jupyter.coordination.resources.templates import TemplateService
from peerplan_jupyter.coordination.tasks.task import Weight
from peerplan_jupyter.errors import InvalidInputError, TooLargeError, UnsafePathError


def put(root: Path, name: str, text: str) -> Path:
    path = root / ".orc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def workspace(make_project, opened):
    return opened(make_project())


def test_the_builtin_templates_have_phases_with_builtin_prompts(workspace):
    templates = TemplateService.of(workspace.project, workspace.home)
    prompts = PromptService.of(workspace.project, workspace.home)
    assert templates.chain.names() == ["bugfix", "feature", "spike"]
    for name in templates.chain.names():
        found = templates.read(name)
        assert found.description
        for phase in found.phases:
            assert phase.criteria
            assert prompts.resolve(phase.prompt or phase.name)[1] is Source.BUILTIN


def test_a_feature_ends_with_a_review_by_people(workspace):
    found = TemplateService.of(workspace.project, workspace.home).read("feature")
    assert found.weight is Weight.MEDIUM
    assert [phase.name for phase in found.plan.phases] == ["implement", "test", "review"]
    assert found.plan.phases[-1].gate is GateType.HUMAN


def test_the_teams_template_is_used_before_the_builtin_one(workspace):
    text = "weight: large\nphases: [{name: build, gate: ai, command: make}]\n"
    put(workspace.project.root, "shared/templates/feature.yaml", text)
    found = TemplateService.of(workspace.project, workspace.home).read("feature")
    assert (found.weight, found.phases[0].command) == (Weight.LARGE, "make")


@pytest.mark.parametrize(
    "text",
    [
        "weight: huge",
        "phases: []",
        "phases: [{name: ../x}]",
        "phases: [{name: a}, {name: a}]",
        "version: 2",
        "weight: small\nweight: large",
        "<<<<<<< ours\nweight: small\n=======\nweight: large\n>>>>>>> theirs\n",
    ],
)
def test_a_template_that_makes_no_sense_is_an_error_that_names_the_file(workspace, text):
    path = put(workspace.project.root, "shared/templates/feature.yaml", text)
    with pytest.raises(InvalidInputError) as refused:
        TemplateService.of(workspace.project, workspace.home).read("feature")
    assert str(path) in refused.value.message


def test_the_builtin_skills_say_what_they_are_for(workspace):
    skills = SkillService.of(workspace.project, workspace.home)
    assert skills.chain.names() == ["code-review", "company-style"]
    for name in skills.chain.names():
        found = skills.read(name)
        assert len(found.description) > 40
        assert list(found.files) == ["SKILL.md"]


def test_a_skill_has_the_files_beside_it(workspace):
    root = workspace.project.root
    put(root, "shared/skills/deploy/SKILL.md", "---\ndescription: How we deploy\n---\nSee notes.\n")
    put(root, "shared/skills/deploy/more/notes.md", "careful\n")
    found = SkillService.of(workspace.project, workspace.home).read("deploy")
    assert found.description == "How we deploy"
    assert found.files["more/notes.md"] == b"careful\n"
    assert found.resource.source is Source.TEAM_SHARED


def test_a_skill_with_a_link_that_leads_out_is_refused(workspace):
    root = workspace.project.root
    put(root, "shared/skills/deploy/SKILL.md", "x")
    (root / ".orc/shared/skills/deploy/key").symlink_to("/etc/hostname")
    with pytest.raises(UnsafePathError):
        SkillService.of(workspace.project, workspace.home).read("deploy")


def test_a_skill_with_a_linked_folder_is_refused(workspace):
    root = workspace.project.root
    put(root, "shared/skills/deploy/SKILL.md", "x")
    (root / ".orc/shared/skills/deploy/more").symlink_to("/etc")
    with pytest.raises(InvalidInputError, match="link to a folder"):
        SkillService.of(workspace.project, workspace.home).read("deploy")


def test_a_skill_of_any_number_of_files_is_not_read(workspace):
    root = workspace.project.root
    for number in range(201):
        put(root, f"shared/skills/deploy/{number}.md", "x")
    put(root, "shared/skills/deploy/SKILL.md", "x")
    with pytest.raises(TooLargeError, match="200 files"):
        SkillService.of(workspace.project, workspace.home).read("deploy")


def test_a_folder_without_a_skill_in_it_is_none(workspace):
    put(workspace.project.root, "shared/skills/notes/README.md", "x")
    names = SkillService.of(workspace.project, workspace.home).chain.names()
    assert "notes" not in names
    assert Kind.SKILL.word == "skill"
