"""A user as a process: commands come as lines of JSON, and what came of them goes out as such.

Nothing is closed by hand at the end, as in a kernel.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.plan.schema import Actor
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home
from peerplan_jupyter.sync.mesh.mesh import Paths

OWN = {"state": "live", "peers": 0, "detail": ""}


class Member:
    """What can be asked of the process."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace, self.name = workspace, name
        self.identity = workspace.identity("human")
        self.actor: Actor = self.identity.actor(name)

    def begin(self, plan: str) -> None:
        text = "# Sessions\n\nKeep them in Redis.\n"
        made = CreatePlan(actor=self.actor, plan_id=plan, title="Sessions", content=text)
        self.workspace.run(self.workspace.create(made))

    def invite(self, plan: str, **wanted: Any) -> str:
        inviting = self.workspace.inviting
        made = self.workspace.run(inviting.invite(plan, self.identity, self.name, **wanted))
        return made.url

    def enter(self, plan: str, **paths: Any) -> None:
        room = self.workspace.inviting.rooms.get(plan)
        assert room is not None
        standing = self.workspace.inviting.standing(room)
        given = Paths(**paths) if paths else None
        self.workspace.run(self.workspace.meetings.enter(standing, given))

    def join(self, link: str) -> str:
        return self.workspace.run(self.workspace.join(link, self.name))

    def accept(self, plan: str, link: str) -> None:
        accepting = self.workspace.inviting.accept(link, plan, self.identity, self.name, "")
        self.workspace.run(accepting)

    def leave(self, plan: str) -> None:
        self.workspace.run(self.workspace.meetings.leave(plan))

    def comment(self, plan: str, text: str) -> None:
        said = {"op": "annotate", "type": "question", "content": text, "target": {"type": "plan"}}
        self.workspace.run(self.workspace.submit(plan, parse_operation(said, self.actor)))

    def reply(self, plan: str, annotation: str, text: str) -> None:
        said = {"op": "reply", "annotationId": annotation, "content": text}
        self.workspace.run(self.workspace.submit(plan, parse_operation(said, self.actor)))

    def burst(self, plan: str, count: int, pause: float = 0.0) -> None:
        """Comments, each told as soon as it is acknowledged."""
        for number in range(count):
            self.comment(plan, f"{self.name} {number}")
            tell("acknowledged", number=number)
            time.sleep(pause)

    def see(self, plan: str) -> dict[str, Any]:
        return self.workspace.peer.call(lambda plans: plans.get(plan).plan().to_wire())

    def here(self, plan: str) -> bool:
        return self.workspace.peer.call(lambda plans: plans.has(plan))

    def comments(self, plan: str) -> list[str]:
        return sorted(one["content"] for one in self.see(plan)["annotations"])

    def room(self, plan: str) -> dict[str, Any]:
        def look(_: Any) -> dict[str, Any]:
            for meeting in self.workspace.meetings.rooms():
                if meeting.mesh.standing.plan == plan:
                    mesh = meeting.mesh
                    told = self.workspace.connection(plan, OWN)["detail"]
                    paths = sorted(str(one.path) for one in mesh.members)
                    present = sorted(mesh.room.presence.states())
                    return {"paths": paths, "warnings": mesh.warnings, "told": told,
                            "live": mesh.live, "present": present, "me": mesh.me}  # fmt: skip
            return {"paths": [], "warnings": [], "told": "", "live": False, "present": []}

        return self.workspace.peer.call(look)

    def fork(self) -> int:
        """The exit code of a child that ends as a script does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads
            child = os.fork()
        if child == 0:
            sys.exit()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def exit(self) -> None:
        sys.exit()


def tell(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


def main() -> None:
    member = Member(Workspace(Home.under(Path(sys.argv[1]))).start(), sys.argv[2])
    tell("ready")
    for line in sys.stdin:
        command = json.loads(line)
        name, number = command.pop("do"), command.pop("number", None)
        try:
            value = getattr(member, name)(**command)
        except Exception as error:
            tell("did", number=number, error=f"{type(error).__name__}: {error}")
        else:
            tell("did", number=number, value=value)


if __name__ == "__main__":
    main()
