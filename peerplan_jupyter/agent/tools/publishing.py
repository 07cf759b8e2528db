"""Tools that bring a plan to where others see it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from ...errors import InvalidInputError, NotFoundError
from ...git.remote import find_remote
from ...git.repository import Repository
from ...store.bindings import Binding
from ...store.hosts import repository_address
from ...store.names import PLAN_BRANCH
from ...store.publisher import Published
from ...store.url import plan_url, raw_url
from ...sync.plans import Plans
from ..answers import Answer, answer
from ..desk import Call, Desk
from ..standing import next_step, standing
from .parameters import PlanName, RepositoryPath


class PlanPublished(Answer):
    """Where the plan rests now."""

    plan: str
    commit: str
    branch: str
    folder: str
    """The plan's folder on that branch."""
    remote: str | None
    """None: the repository has no remote; the branch is in it only."""
    pushed: bool
    plan_url: str | None
    """What to give to a reviewer."""
    raw_url: str | None
    """`plan.json` as the remote's host serves it."""


class PullRequestLinked(Answer):
    """A plan with its pull request."""

    plan: str
    pr: int
    branch: str | None


class PublishingTools:
    """link_pull_request, publish."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def link_pull_request(
        self,
        call: Call,
        plan: PlanName,
        pr: Annotated[int, Field(ge=1, description="The pull request's number.")],
        branch: Annotated[str, Field(description="The branch that carries the plan out.")] = "",
    ) -> Annotated[CallToolResult, PullRequestLinked]:
        """Say which pull request the plan belongs to. The next publish puts it into that folder."""
        plan_id, caller = await self._desk.at(call, plan)
        await self._desk.submit(
            plan_id, caller, op="link_pull_request", pr=pr, branch=branch or None
        )
        told = PullRequestLinked(
            plan=plan_id,
            pr=pr,
            branch=branch or None,
            next="Call publish: the plan moves to the pull request's folder on the plan branch.",
        )
        return answer(told, f"The plan belongs to pull request {pr}.")

    async def publish(
        self, call: Call, plan: PlanName, repository: RepositoryPath = ""
    ) -> Annotated[CallToolResult, PlanPublished]:
        """Publish the plan with its evidence and reviews to the branch plan-artifacts of its git
        repository, and push that. Your working tree, index and branches are not touched. A push
        that fails is kept and can be repeated.
        """
        plan_id, _ = await self._desk.at(call, plan)
        workspace = self._desk.workspace
        await call.report_progress(0, 2, "Writing the plan branch and pushing it")
        await self._bind(plan_id, repository)
        done = await workspace.publisher.publish(plan_id)
        await call.report_progress(1, 2, "Published")
        told = await self._told(plan_id, done)
        await call.report_progress(2, 2, "Done")
        return answer(told, _in_words(told))

    async def _bind(self, plan_id: str, repository: str) -> None:
        bound = await self._desk.workspace.workdir(plan_id)
        if not repository and bound:
            return
        folder = await self._desk.repository(repository)
        if folder is None:
            raise NotFoundError(
                f"The plan {plan_id!r} belongs to no repository on this machine.",
                hint="Call publish with `repository`, the path of a folder in one.",
            )
        await self._desk.workspace.bind(plan_id, folder)

    async def _told(self, plan_id: str, done: Published) -> PlanPublished:
        def read(plans: Plans) -> tuple[Binding | None, int | None, str]:
            document = plans.get(plan_id)
            following = next_step(standing(document))
            return plans.journal.binding(plan_id), document.field("pr"), following

        binding, pr, following = await self._desk.read(read)
        raw_urls = self._desk.workspace.settings.raw_urls
        urls = await asyncio.to_thread(_urls, binding, plan_id, pr, done.folder, raw_urls)
        return PlanPublished(
            plan=plan_id,
            commit=done.commit,
            branch=PLAN_BRANCH,
            folder=done.folder,
            remote=done.remote,
            pushed=done.pushed,
            plan_url=urls[0],
            raw_url=urls[1],
            next=following,
        )


def _urls(
    binding: Binding | None,
    plan_id: str,
    pr: int | None,
    folder: str,
    raw_urls: Mapping[str, str],
) -> tuple[str | None, str | None]:
    """The plan's URL and the raw URL of its `plan.json`, where the remote's host is known."""
    if binding is None:
        return None, None
    with Repository.open(Path(binding.workdir)) as repository:
        remote = find_remote(repository, binding.remote)
    if remote is None:
        return None, None
    try:
        hosted = bool(repository_address(remote.url).host)
        url = plan_url(remote.url, plan_id, pr) if hosted else None
        return url, raw_url(remote.url, PLAN_BRANCH, folder, "plan.json", templates=raw_urls)
    except InvalidInputError:
        return None, None


def _in_words(told: PlanPublished) -> str:
    where = f"{told.folder} of the branch {told.branch}, commit {told.commit[:12]}"
    if not told.pushed:
        return f"Written to {where}. The repository has no remote, so it was not pushed."
    url = f" Reviewers open {told.plan_url}" if told.plan_url else ""
    return f"Published to {where}, on {told.remote}.{url}"
