"""Trying an update in another process, where it can do no harm."""

from __future__ import annotations

import subprocess
import sys

from ..errors import DocumentError

_PROGRAM = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, OSError, ValueError):
    pass
import loro
size = int.from_bytes(sys.stdin.buffer.read(8), "big")
document = loro.LoroDoc()
for blob in (sys.stdin.buffer.read(size), sys.stdin.buffer.read()):
    if blob:
        document.import_(blob)
document.export(loro.ExportMode.Updates(loro.VersionVector()))
document.get_deep_value()
"""


def trial_import(blob: bytes, base: bytes = b"", timeout: float = 10.0) -> None:
    """Imports `blob` on top of the updates `base` in a child process, writes and reads it there.

    `DocumentError` if the child fails, in whatever way: Loro 1.17.1 can be made to abort the
    process, or to exhaust the stack of who reads a value, by bytes with a valid checksum. A trial
    costs the start of a Python (some 20 ms; 140 ms with 4 MB of updates), so this is for updates
    of peers that are not trusted; it says nothing about what an update means.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=len(base).to_bytes(8, "big") + base + blob,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DocumentError(f"Trying an update took more than {timeout:g} s.") from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise DocumentError(
            f"An update failed when it was tried (exit code {done.returncode}): {last[:300]}"
        )
