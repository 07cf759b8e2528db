"""Which project it is, for a server: the same for all clones of one remote."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

from ...errors import PeerPlanError
from ...git.remote import find_remote
from ...git.repository import Place
from ..project import Project
from .reports import ReportedProject

_scp = re.compile(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)")
_other = re.compile(r"[^\w .()+@-]+")


def reported_project(project: Project, remote: str = "origin") -> ReportedProject:
    """The project by its remote, without what is secret in that URL; by its folder where there is
    no remote.
    """
    url = _remote_url(project, remote)
    place = _plain(url) if url else str(project.root)
    name = _other.sub(" ", place.rpartition("/")[2] or place).strip()[:100]
    key = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return ReportedProject(key=key, name=name or "project")


def _remote_url(project: Project, remote: str) -> str:
    try:
        found = find_remote(Place(project.runner), remote)
    except PeerPlanError:
        return ""
    return found.url if found else ""


def _plain(url: str) -> str:
    """`host/path`, whichever way it is reached, in small letters but for the path."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "", parts.path) if parts.scheme else ("", url)
    if not parts.scheme and (scp := _scp.fullmatch(url)):
        host, path = scp[1].lower(), scp[2]
    return f"{host}/{path.strip('/')}".removesuffix(".git").strip("/")
