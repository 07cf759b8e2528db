"""What can be configured, with its defaults."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Short = Annotated[str, StringConstraints(max_length=200)]
Command = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^(|https?://[^\s#?]+)$")]


class Mode(StrEnum):
    """How a project is worked on."""

    SOLO = "solo"
    """One person: no prefixes, no leases, nothing is sent."""
    P2P = "p2p"
    """A team with nothing but git."""
    TEAM = "team"
    """The same, seen on a server too."""


class PrefixSource(StrEnum):
    """What the prefix in a person's task ids is made from."""

    INITIALS = "initials"
    USERNAME = "username"
    EMAIL_HASH = "email_hash"
    MACHINE = "machine"


class GateType(StrEnum):
    """Who lets a phase pass; the later, the stricter."""

    AUTO = "auto"
    AI = "ai"
    HUMAN = "human"

    @property
    def strictness(self) -> int:
        """Its place from the laxest."""
        return list(GateType).index(self)


class LockPolicy(StrEnum):
    """What somebody else's live lease does to a run."""

    ADVISORY = "advisory"
    ENFORCE = "enforce"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Defaults(_Section):
    """What a team suggests."""

    profile: Short = "safe"
    """Told to the agent in its prompt."""
    model: Short = ""
    """Told to the agent's command as `{model}`."""


class TaskIds(_Section):
    """How tasks are named."""

    mode: Mode | None = None
    prefix_source: PrefixSource = PrefixSource.INITIALS
    require_registration: bool = False
    """Whether a prefix that is not in the registry is refused and not only warned about."""


class Gates(_Section):
    """Who lets phases pass, unless a task's plan is stricter."""

    default_type: GateType = GateType.AUTO
    phase_overrides: dict[Name, GateType] = {}
    ai_command: Command | None = None
    """Judges a phase at an `ai` gate: exit code 0 lets it pass."""

    def of(self, phase: str) -> GateType:
        """The gate of a phase by this name."""
        return self.phase_overrides.get(phase, self.default_type)


class Cost(_Section):
    """What is said about cost; it never stops anything."""

    warn_per_task: Annotated[float, Field(ge=0)] | None = None
    """US dollars."""


class Sync(_Section):
    """What a team server is told."""

    tasks: bool = True
    resources: bool = False
    """Can only be false: git brings prompts, skills and templates, to be reviewed and agreed to."""

    @field_validator("resources")
    @classmethod
    def _stay_in_git(cls, value: bool) -> bool:
        if value:
            raise ValueError("resources stay in git, and no server is given them: say false")
        return value


class Team(_Section):
    """How the team works together."""

    mode: Mode | None = None
    server_url: Url = ""
    server: Url = ""
    """The old name of `server_url`."""
    sync: Sync = Sync()


class Identity(_Section):
    """Who the person is."""

    initials: Annotated[str, StringConstraints(pattern=r"^(|[A-Za-z0-9]{2,12})$")] = ""
    display_name: Short = ""
    email: Short = ""


class Locks(_Section):
    """How others learn that a task is being run."""

    policy: LockPolicy = LockPolicy.ADVISORY
    ttl: Annotated[float, Field(gt=0, le=86_400)] = 60
    """Seconds without a heartbeat after which a lease on this machine is stale."""
    lease_seconds: Annotated[float, Field(gt=0, le=604_800)] = 900
    """Seconds that a lease on the remote holds unless it is renewed."""


class Run(_Section):
    """What carries out a phase."""

    command: Command | None = None
    """Used for each phase without one of its own; `{prompt_file}`, `{worktree}`, `{task}`,
    `{phase}` and `{model}` are filled in. None: the first agent's command line that is found."""
    phases: dict[Name, Command] = {}
    timeout_seconds: Annotated[float, Field(gt=0)] = 3600
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    """Attempts at one phase, those that a gate sent back counted."""
    results: Annotated[tuple[Short, ...], Field(max_length=20)] = (
        "junit.xml", "**/junit*.xml", "**/test-results*.xml",
    )  # fmt: skip
    """Where a phase leaves test results in its worktree, as glob patterns."""


class Git(_Section):
    """How the repository is used."""

    remote: Short = "origin"
    auto_publish: bool = True
    """Whether each change of a task's state is sent to the remote at once."""
    fetch_timeout: Annotated[float, Field(gt=0, le=600)] = 20
    branch_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "orc"


class Worktrees(_Section):
    """Where tasks are worked on."""

    folder: Short = ".orc/worktrees"
    """Relative to the main work tree; `../project-worktrees` keeps tools from walking into it."""


class Config(_Section):
    """All settings, each under its name in the files."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    defaults: Defaults = Defaults()
    task_id: TaskIds = TaskIds()
    gates: Gates = Gates()
    cost: Cost = Cost()
    team: Team = Team()
    identity: Identity = Identity()
    locks: Locks = Locks()
    run: Run = Run()
    git: Git = Git()
    worktrees: Worktrees = Worktrees()
