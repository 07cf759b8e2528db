"""What every command starts from: where, with which settings, in which mode, and who."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .config.layers import LoadedConfig, load_config
from .config.schema import Config
from .home import OrcHome
from .mode import ResolvedMode, resolve_mode
from .person import Person
from .project import Project
from .state.writer import StateWriter
from .tasks.store import TaskStore


@dataclass(frozen=True)
class OrcWorkspace:
    """A project as one person sees it. Nothing is made by looking."""

    project: Project
    home: OrcHome
    loaded: LoadedConfig
    resolved: ResolvedMode

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, Any] | None = None,
    ) -> OrcWorkspace:
        """The project that `path` (by default the current folder) is in; see `Project.find`,
        `load_config` and `resolve_mode` for what they raise.
        """
        environment = os.environ if environment is None else environment
        project = Project.find(path or Path.cwd())
        home = OrcHome.find(environment)
        loaded = load_config(project, home, environment, flags)
        return cls(project, home, loaded, resolve_mode(project, loaded))

    @property
    def config(self) -> Config:
        """The settings that hold."""
        return self.loaded.config

    @property
    def warnings(self) -> tuple[str, ...]:
        """What contradicts itself in the settings, in sentences."""
        return (*self.loaded.warnings, *self.resolved.warnings)

    @cached_property
    def person(self) -> Person:
        """Who runs this."""
        return Person(self.config, self.resolved.mode, self.project, self.home)

    @cached_property
    def tasks(self) -> TaskStore:
        """The tasks in the checkout."""
        return TaskStore(self.project)

    @cached_property
    def writer(self) -> StateWriter:
        """Records what this person does to tasks."""
        git = self.config.git
        return StateWriter(
            self.project,
            self.person,
            remote=git.remote,
            timeout=git.fetch_timeout,
            branch_prefix=git.branch_prefix,
        )

    def tell(self) -> tuple[str, ...]:
        """Send what was recorded to the team, unless the settings leave that to the person; what
        there is to say of it.
        """
        if not self.config.git.auto_publish:
            return ()
        note = self.writer.publish().note
        return (note,) if note else ()

    @property
    def worktrees(self) -> Path:
        """The folder that tasks are worked on in."""
        return (self.project.root / self.config.worktrees.folder).resolve()
