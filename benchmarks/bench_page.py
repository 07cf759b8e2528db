"""The static page from its link: until it can be read, until it is live, and with how many bytes.

    uv run python benchmarks/bench_page.py [ANNOTATIONS]

Each load is cold: a browser profile of its own, with an empty cache. The reference in the same run
is a page of one sentence from the same server. The second network is slowed down by Chromium.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from page_stage import PLAN, PageStage, Plain, served
from page_visit import Play, invite, room_server

from peerplan_jupyter.cli.demo.chromium import find_chromium
from peerplan_jupyter.plan.operations import Annotate
from peerplan_jupyter.plan.schema import PlanTarget
from peerplan_jupyter.review.workspace import Workspace

ROUNDS = 7
NETWORKS: dict[str, dict[str, Any] | None] = {
    "loopback": None,
    "40 ms, 10 Mbit/s": {
        "latency": 40,
        "downloadThroughput": 1_250_000,
        "uploadThroughput": 500_000,
    },
}
WATCH = """
const seen = {};
globalThis.seen = seen;
const look = () => {
  const root = [...document.querySelectorAll('#review > div')].map((one) => one.shadowRoot).at(-1);
  const has = (selector) => root?.querySelector(selector);
  if (document.querySelector('#sentence')) seen.sentence ??= performance.now();
  if (has('[data-content] p') && has('.thread')) seen.readable ??= performance.now();
  const badge = has('.connection .chip')?.textContent ?? '';
  if (badge.startsWith('live') || badge.startsWith('relay')) seen.live ??= performance.now();
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


class Zipped(Plain):
    """As hosts of pages do it: text is compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        zipped = path.suffix in {".js", ".css", ".json", ".html", ".wasm"}
        body = packed(data) if zipped else data
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


@cache
def packed(data: bytes) -> bytes:
    return gzip.compress(data, 6)


class ZippedRaw(Zipped):
    cors = True


def load(browser: Browser, url: str, until: str, network: dict[str, Any] | None) -> dict[str, Any]:
    """One cold load: milliseconds by what was seen, and bytes that came before the document."""
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    if network:
        devtools.send("Network.emulateNetworkConditions", {"offline": False, **network})
    names: dict[str, str] = {}
    before: dict[str, float] = {}
    late: set[str] = set()

    def asked(event: dict[str, Any]) -> None:
        name = names[event["requestId"]] = event["request"]["url"].rpartition("/")[2]
        if late or name.startswith(("workshop", "loro", "plan.loro")):
            late.add(event["requestId"])

    def came(event: dict[str, Any]) -> None:
        if event["requestId"] not in late:
            before[names.get(event["requestId"], "")] = event["encodedDataLength"]

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.loadingFinished", came)
    page.add_init_script(WATCH)
    page.goto(url)
    while until not in (told := dict(page.evaluate("seen"))):
        page.wait_for_timeout(20)
    context.close()
    told["plan"] = before.pop("plan.json", 0)
    told["bytes"] = sum(size for name, size in before.items() if not evidence(name))
    return told


def evidence(name: str) -> bool:
    return not name.endswith((".js", ".css", ".json")) and "plan" not in name


def median(rounds: list[dict[str, Any]], key: str) -> float:
    return statistics.median(one[key] for one in rounds)


def annotate(stage: PageStage, number: int) -> None:
    with Workspace(stage.home) as workspace:
        maia = workspace.actor("human", "Maia")
        for at in range(number):
            words = (
                f"Number {at}: is this what the step about expiry means, and who looks after it?"
            )
            made = Annotate(actor=maia, type="question", content=words, target=PlanTarget())
            workspace.run(workspace.submit(PLAN, made))
        workspace.run(workspace.publisher.publish(PLAN))
    stage.export()


def measure(play: Play, link: str, sentence: str) -> Table:
    table = Table(
        "network", "one sentence", "readable", "live", "kB before the document", "plan.json"
    )
    for name, network in NETWORKS.items():
        plain = [load(play.browser, sentence, "sentence", network) for _ in range(ROUNDS)]
        rounds = [load(play.browser, link, "live", network) for _ in range(ROUNDS)]
        times = [median(plain, "sentence"), median(rounds, "readable"), median(rounds, "live")]
        sizes = [median(rounds, "bytes"), median(rounds, "plan")]
        table.add_row(
            name,
            *(f"{one:.0f} ms" for one in times),
            *(f"{one / 1000:.1f}" for one in sizes),
        )
    return table


def main(number: int) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        stage = PageStage(Path(folder) / "stage")
        stage.make_plan(2)
        annotate(stage, number - 2)
        browser = started.chromium.launch(executable_path=str(find_chromium()))
        with served(stage.raw, ZippedRaw) as raw:
            stage.build(raw)
            (stage.site / "sentence.html").write_text("<p id=sentence>One sentence.</p>")
            with served(stage.site, Zipped) as site, room_server(site) as server:
                stage.build(raw, "--server", server)
                play = Play(stage, site, raw, browser)
                with Workspace(stage.home) as workspace:
                    link = invite(workspace, play, server)
                    table = measure(play, link, f"{site}/sentence.html")
        browser.close()
    table.title = f"A plan with {number} annotations, median of {ROUNDS} cold loads"
    Console(width=120).print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
