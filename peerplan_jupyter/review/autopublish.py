"""Publishing by itself: a plan that was published once stays published."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from ..errors import PeerPlanError
from ..sync.plans import PlanEvent, Plans
from .publishing import unpublished
from .workspace import Workspace

LONGEST_DELAY = 10.0
"""Seconds after which a plan is published even if it never comes to rest."""
FIRST_RETRY = 5.0
LAST_RETRY = 300.0
"""Seconds between two attempts at most; half of it at least."""
FROM_BRANCH = "branch"
"""The origin of changes that were published already."""
_log = logging.getLogger(__name__)
Told = Callable[[str], None]
"""Is called with a plan's id, on the peer's thread, after each attempt to publish it."""


@dataclass
class _Due:
    """When a plan is to be published; times are those of the peer's loop."""

    first: float
    at: float
    failures: int = 0


class AutoPublisher:
    """Publishes plans of a workspace after `delay` seconds of quiet, once they were published
    before or their review was requested.

    What fails is tried again, ever later, until it succeeds; the outbox says so meanwhile. What an
    earlier process left unpublished is published at the start. Runs on the peer's loop.
    """

    def __init__(self, workspace: Workspace, delay: float, told: Told = lambda _: None) -> None:
        self._workspace, self._delay, self._told = workspace, delay, told
        self._due: dict[str, _Due] = {}
        self._wake = asyncio.Event()
        self._running: Future[None] | None = None

    def start(self) -> None:
        """Begin; called once, on any thread, with the workspace started."""
        self._running = self._workspace.peer.spawn(self._run())

    def stop(self) -> None:
        """End; a publication that runs is finished by git or not at all."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        plans = await self._workspace.peer.acall(lambda plans: plans)
        stop = plans.subscribe(self._changed)
        try:
            await self._look_for_leftovers(plans)
            while True:
                await self._wait()
                for plan_id in self._ready():
                    await self._publish(plans, plan_id)
        finally:
            stop()

    async def _look_for_leftovers(self, plans: Plans) -> None:
        for plan_id in plans.ids():
            if _is_wanted(plans, plan_id, opened=False):
                now = self._now()
                self._due.setdefault(plan_id, _Due(now, now))
            await asyncio.sleep(0)

    def _changed(self, event: PlanEvent) -> None:
        if event.origin == FROM_BRANCH:
            return
        now = self._now()
        due = self._due.setdefault(event.plan_id, _Due(now, now))
        if due.failures == 0:
            due.at = min(now + self._delay, due.first + LONGEST_DELAY)
        self._wake.set()

    async def _wait(self) -> None:
        """Until something is due, or something else may be due earlier."""
        self._wake.clear()
        next_at = min((due.at for due in self._due.values()), default=None)
        try:
            wait = None if next_at is None else max(0.0, next_at - self._now())
            await asyncio.wait_for(self._wake.wait(), wait)
        except TimeoutError:
            return

    def _ready(self) -> list[str]:
        return [plan_id for plan_id, due in self._due.items() if due.at <= self._now()]

    async def _publish(self, plans: Plans, plan_id: str) -> None:
        due = self._due.pop(plan_id)
        if not _is_wanted(plans, plan_id):
            return
        try:
            done = await self._workspace.publisher.publish(plan_id)
            _log.info("Published the plan %s as %s", plan_id, done.commit[:12])
        except PeerPlanError as error:
            self._again(plan_id, due, error.message)
        except Exception as error:
            _log.exception("Publishing the plan %s broke", plan_id)
            self._again(plan_id, due, str(error))
        self._told(plan_id)

    def _again(self, plan_id: str, due: _Due, why: str) -> None:
        pause = min(LAST_RETRY, FIRST_RETRY * 2**due.failures) * random.uniform(0.5, 1)  # noqa: S311
        _log.warning("Publishing the plan %s is tried again in %.0f s: %s", plan_id, pause, why)
        now = self._now()
        self._due[plan_id] = _Due(now, now + pause, due.failures + 1)

    def _now(self) -> float:
        return self._workspace.peer.loop.time()


def _is_wanted(plans: Plans, plan_id: str, *, opened: bool = True) -> bool:
    """Whether a plan is to be published. Without `opened`, not one that was only opened here: its
    binding has a commit, and no version yet.
    """
    try:
        binding, document = plans.journal.binding(plan_id), plans.get(plan_id)
    except PeerPlanError as error:
        _log.warning("The plan %s cannot be read: %s", plan_id, error.message)
        return False
    if binding is None or (binding.commit and not binding.version and not opened):
        return False
    asked = bool(binding.commit) or document.revision is not None
    return asked and unpublished(document, binding)
