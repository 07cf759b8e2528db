"""In which order files of tests are begun, so that neither a core nor a worker is without work."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

WAITING = {
    "sync/browser/test_lying_server.py": 85,
    "sync/browser/test_asleep.py": 75,
    "review/test_networks.py": 35,
    "sync/webrtc/test_networks.py": 35,
    "sync/browser/test_pages.py": 40,
    "review/test_refusals.py": 30,
    "sync/mesh/test_servers.py": 30,
    "review/test_live.py": 18,
    "sync/roomserver/test_hostile.py": 13,
    "review/test_meetings.py": 13,
    "sync/test_gate_copy.py": 11,
    "sync/mesh/test_mesh.py": 10,
    "cli/test_unreachable.py": 9,
    "coordination/locks/test_file_lock.py": 8,
    "jupyter/test_kernel_rooms.py": 8,
}
"""Seconds that files take which hardly compute, about."""
WORKING = {
    "browser/test_page.py": 150,
    "browser/test_lab.py": 140,
    "test_code.py": 90,
    "sync/browser/test_with_python.py": 45,
    "browser/test_demo.py": 35,
    "sync/test_handshake.py": 30,
    "test_examples.py": 30,
    "cli/test_demo.py": 30,
    "sync/test_gate.py": 20,
    "agent/test_stdio.py": 20,
    "coordination/running/test_together.py": 20,
    "coordination/test_workflows.py": 20,
    "review/test_partitions.py": 20,
    "review/test_hostile_guests.py": 20,
    "review/test_servers.py": 20,
}
"""Seconds that the longest of the others take."""
SHORT = 3


def ordered(files: Iterable[str], workers: int) -> list[str]:
    """The files, by their paths in `tests`, as that many workers are to begin them: those that wait
    one after the other, as if one worker had no others, and beside it all else, the longest first.
    """
    files = sorted(files)
    waiting = [one for one in WAITING if one in files]
    ends = accumulate(WAITING[one] for one in waiting)
    begins = dict(zip(waiting, [0, *ends], strict=False))
    busy = [0] * max(workers - 1, 1)
    for one in sorted(set(files) - set(begins), key=lambda one: (-WORKING.get(one, SHORT), one)):
        free = busy.index(min(busy))
        begins[one] = busy[free]
        busy[free] += WORKING.get(one, SHORT)
    return sorted(files, key=begins.__getitem__)
