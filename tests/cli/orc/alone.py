"""`orc`, which ends with 99 where anything but git would reach beyond the machine."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_watched = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo")


def watch(event: str, args: tuple[object, ...]) -> None:
    if event in _watched:
        sys.stderr.write(f"network: {event} {args}\n")
        sys.stderr.flush()
        os._exit(99)


def main() -> NoReturn:
    sys.addaudithook(watch)
    from peerplan_jupyter.cli.orc import main as orc

    orc()


if __name__ == "__main__":
    main()
