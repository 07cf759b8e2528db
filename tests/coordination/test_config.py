from __future__ import annotations

import pytest

from peerplan_jupyter.errors import InvalidInputError

SHARED = """\
version: 1
defaults:
  profile: safe
  model: claude-sonnet-4
task_id:
  mode: p2p
  prefix_source: initials
gates:
  default_type: auto
  phase_overrides:
    review: ai
cost:
  warn_per_task: 2.00
"""


def test_the_shared_settings_of_the_document_are_read(make_project, opened):
    config = opened(make_project(shared__config=SHARED)).config
    assert (config.defaults.profile, config.defaults.model) == ("safe", "claude-sonnet-4")
    assert config.gates.of("review") == "ai"
    assert config.gates.of("implement") == "auto"
    assert config.cost.warn_per_task == 2.0


def test_each_layer_wins_over_those_below_and_says_so(make_project, opened, own_orc_home):
    root = make_project(
        shared__config="defaults: {model: shared, profile: shared}",
        config="defaults: {profile: project}\ncost: {warn_per_task: 3}",
        local__config="defaults: {profile: local}",
    )
    own_orc_home.mkdir()
    (own_orc_home / "config.yaml").write_text("defaults: {profile: user}\nidentity: {initials: AM}")
    workspace = opened(root, ORC_MODEL="environment")
    loaded = workspace.loaded
    assert loaded.config.defaults.model == "environment"
    assert loaded.source("defaults.model") == "environment (ORC_MODEL)"
    assert loaded.config.defaults.profile == "local"
    assert loaded.source("defaults.profile").startswith("local (")
    assert loaded.config.cost.warn_per_task == 3
    assert loaded.source("cost.warn_per_task").startswith("project (")
    assert loaded.source("identity.initials").startswith("user (")
    assert loaded.source("git.remote") == "builtin"


def test_one_person_makes_gates_stricter_and_never_laxer(make_project, opened):
    root = make_project(
        shared__config="gates: {default_type: ai, phase_overrides: {review: human}}",
        local__config="gates: {default_type: auto, phase_overrides: {review: ai, test: human}}",
    )
    workspace = opened(root)
    assert workspace.config.gates.of("implement") == "ai"
    assert workspace.config.gates.of("review") == "human"
    assert workspace.config.gates.of("test") == "human"
    assert len([one for one in workspace.warnings if "may only be stricter" in one]) == 2


def test_one_person_does_not_set_what_is_the_teams(make_project, opened):
    root = make_project(
        shared__config="task_id: {mode: p2p}",
        local__config="task_id: {prefix_source: machine}\nlocks: {policy: enforce}",
    )
    workspace = opened(root)
    assert workspace.config.task_id.prefix_source == "initials"
    assert workspace.config.locks.policy == "advisory"
    assert len(workspace.warnings) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: {default_type: maybe}", "gates.default_type is 'maybe'"),
        ("gate: {default_type: ai}", "gate is not a setting"),
        ("version: 2", "version is '2'"),
        ("defaults: safe", "defaults"),
        ("locks: {ttl: -1}", "locks.ttl"),
        ("team: {server_url: 'file:///etc'}", "team.server_url"),
        ("git: {branch_prefix: '../x'}", "git.branch_prefix"),
        ("team: {sync: {resources: true}}", "resources stay in git"),
        ("a: 1\na: 2", "twice"),
    ],
)
def test_a_wrong_setting_is_named_with_the_file_that_has_it(make_project, opened, text, said):
    root = make_project(shared__config=text)
    with pytest.raises(InvalidInputError) as refused:
        opened(root)
    assert said in refused.value.message
    assert "config.yaml" in refused.value.message
