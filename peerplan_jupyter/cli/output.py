"""What commands print: text for people by rich, JSON for programs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from ..errors import PeerPlanError
from ..plan.steering import STEERING

if TYPE_CHECKING:
    import datetime

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

PIPED_WIDTH = 160
"""Columns of text that no terminal shows."""

_steering = re.compile(f"[{STEERING}]")


def console(*, stderr: bool = False) -> Console:
    """A rich console; colours only where a terminal shows them."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr, width=None if stream.isatty() else PIPED_WIDTH, highlight=False, emoji=False
    )


def tell(as_json: bool, facts: dict[str, Any], *shown: RenderableType) -> None:
    """Print the result of a command: `facts` as one JSON object, or `shown`."""
    if as_json:
        print_json(facts)
    else:
        out = console()
        for one in shown:
            out.print(one, soft_wrap=bool(getattr(one, "no_wrap", False)))


def print_json(facts: dict[str, Any]) -> None:
    """One JSON object on one line, written at once."""
    import json

    sys.stdout.write(f"{json.dumps(facts, ensure_ascii=False)}\n")
    sys.stdout.flush()


def complain(error: PeerPlanError, as_json: bool, program: str) -> None:
    """Say on standard error what went wrong in `program` and what to do."""
    import json

    lines = [f"{program}: {plain(error.message)}", *filter(None, [plain(error.hint)])]
    if as_json:
        lines = [json.dumps({"error": error.to_wire()}, ensure_ascii=False)]
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()


def plain(text: str) -> str:
    """`text` without what would steer this terminal, or show it otherwise than it is written."""
    return _steering.sub("\N{REPLACEMENT CHARACTER}", text)


def words(text: str, style: str = "") -> Text:
    """`text` as rich shows it literally, without its markup."""
    from rich.text import Text

    return Text(plain(text), style=style)


def typed(*commands: str) -> Text:
    """Command lines as they are to be typed: none is broken to fit the terminal."""
    from rich.text import Text

    lines = "\n".join(f"  {plain(one)}" for one in commands)
    return Text(lines, no_wrap=True, overflow="ignore")


def table(*columns: str) -> Table:
    """A quiet table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def when(timestamp: int | None) -> str:
    """Unix seconds as local time to the minute."""
    import datetime

    if not timestamp:
        return ""
    return _local(datetime.datetime.fromtimestamp(timestamp, tz=datetime.UTC))


def moment(text: str) -> str:
    """A moment in ISO 8601 as local time to the minute; what is none stays as it is."""
    import datetime

    try:
        return _local(datetime.datetime.fromisoformat(text))
    except ValueError:
        return text


def _local(found: datetime.datetime) -> str:
    return found.astimezone().strftime("%Y-%m-%d %H:%M")
