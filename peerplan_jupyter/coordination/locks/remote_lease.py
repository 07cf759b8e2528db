"""What the commit of a lease ref says: whose lease it is, from where, and how long it lasts."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

from ...errors import TooLargeError
from ...git.objects import ObjectReader
from ...git.process import NETWORK_TIMEOUT
from ...git.remote import Remote, fetch_specs
from ...git.repository import Place
from ..person import Person
from .lease import LONGEST
from .record import seconds, texts

FOLDER = "refs/orc/leases"
LARGEST = 8192


@dataclass(frozen=True)
class Holder:
    """Who asks for leases from one clone, or has one."""

    owner: str
    """For people: `Ada`."""
    tag: str
    """The executor tag, which is also in the name of the branch."""
    machine: str
    """The machine for people, with its id: `laptop-4f`."""
    clone: str = ""
    """Another one for each clone on each machine; see `clone_id`."""


@dataclass(frozen=True)
class RemoteLease:
    """A lease that a remote keeps for all its clones."""

    holder: Holder
    acquired: float
    """Unix seconds by the holder's clock."""
    ttl: float
    nonce: str = field(default_factory=lambda: os.urandom(16).hex())
    token: str = ""
    """The commit that the ref is at; it changes with each renewal."""

    @property
    def until(self) -> float:
        """When it ends if it is not renewed, by the holder's clock."""
        return self.acquired + self.ttl

    def message(self) -> str:
        """The message of its commit."""
        holder = self.holder
        data = {
            "owner": holder.owner,
            "tag": holder.tag,
            "machine": holder.machine,
            "clone": holder.clone,
            "acquired": self.acquired,
            "ttl": self.ttl,
            "nonce": self.nonce,
        }
        return json.dumps(data, ensure_ascii=False)

    def told(self, now: float | None = None) -> str:
        """The lease for people: `Ada (ada) on laptop-4f, for another 12 min`."""
        left = self.until - (time.time() if now is None else now)
        rest = f"for another {left / 60:.0f} min" if left > 0 else "past its end"
        return f"{self.holder.owner} ({self.holder.tag}) on {self.holder.machine}, {rest}"


@dataclass(frozen=True)
class Unreadable:
    """A lease ref whose commit says nothing that is understood. Somebody may hold it."""

    token: str


Found = RemoteLease | Unreadable


def clone_id(repository: Place, machine: str) -> str:
    """The clone that work in `repository` and all its work trees belongs to, on `machine`."""
    text = f"{machine}\0{repository.common_dir.resolve()}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def holder_of(person: Person, repository: Place, tag: str | None = None) -> Holder:
    """How leases on a remote name `person` in this clone; `tag` is that of one of several runs."""
    machine, clone = f"{person.host}-{person.machine[:4]}", clone_id(repository, person.machine)
    return Holder(person.display_name, person.tag if tag is None else tag, machine, clone)


def lease_ref(task: str) -> str:
    """The ref of the remote's that holds the lease on `task`."""
    return f"{FOLDER}/{task}"


def read_lease(objects: ObjectReader, ref: str) -> Found | None:
    """The lease that our `ref` is at, or None when there is no such ref."""
    token = objects.commit(ref)
    if token is None:
        return None
    try:
        return _parsed(objects.message(token, LARGEST) or "", token)
    except (AttributeError, ValueError, RecursionError, TooLargeError):
        return Unreadable(token)


def known_leases(repository: Place, remote: Remote) -> dict[str, Found]:
    """The leases by task as the remote had them when they were last fetched."""
    folder = remote.mirror_ref(FOLDER)
    lines = repository.run("for-each-ref", "--format=%(refname)", folder).text.splitlines()
    with repository.objects() as objects:
        found = {ref.removeprefix(f"{folder}/"): read_lease(objects, ref) for ref in lines}
    return {task: lease for task, lease in found.items() if lease}


def lease_refspec(remote: Remote) -> str:
    """What to fetch, and prune, for `known_leases` to be what the remote has."""
    return f"+{FOLDER}/*:{remote.mirror_ref(FOLDER)}/*"


def fetch_leases(
    repository: Place, remote: Remote, timeout: float = NETWORK_TIMEOUT
) -> dict[str, Found]:
    """The leases that the remote has now, by task. Raises what `fetch_specs` raises."""
    fetch_specs(repository, remote, [lease_refspec(remote)], timeout)
    return known_leases(repository, remote)


def _parsed(message: str, token: str) -> RemoteLease:
    data: dict[str, Any] = dict(json.loads(message).items())
    owner, tag, machine, clone, nonce = texts(data, "owner", "tag", "machine", "clone", "nonce")
    ttl = min(max(seconds(data.get("ttl")), 0.0), LONGEST)
    holder = Holder(owner, tag, machine, clone)
    return RemoteLease(holder, seconds(data.get("acquired")), ttl, nonce, token)
