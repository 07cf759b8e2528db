"""Prompts: what an agent is told to do in a phase."""

from __future__ import annotations

from pathlib import Path

from ..home import OrcHome
from ..project import Project
from .chain import Chain, Kind, Resource
from .source import Source


class PromptService:
    """Finds prompts in `user_prompts_dir`, in the folder `prompts` of `project_local_dir` and of
    `project_shared_dir`, and then among the builtin ones.
    """

    def __init__(
        self, user_prompts_dir: Path, project_local_dir: Path, project_shared_dir: Path
    ) -> None:
        self.chain = Chain.between(
            Kind.PROMPT, user_prompts_dir, project_local_dir, project_shared_dir
        )

    @classmethod
    def of(cls, project: Project, home: OrcHome) -> PromptService:
        """The prompts of a person in a project."""
        return cls(home.folder / Kind.PROMPT, project.local, project.shared)

    def resolve(self, phase: str) -> tuple[str, Source]:
        """The text of the prompt for a phase, and whose it is; see `Chain.find` for its errors."""
        found = self.find(phase)
        return found.content, found.source

    def find(self, phase: str) -> Resource:
        """As `resolve`, with where it lies."""
        return self.chain.find(phase)
