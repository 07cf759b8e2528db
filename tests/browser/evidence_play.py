"""Every viewer on real evidence, in JupyterLab's panel: a part of `lab_play.py`."""

from __future__ import annotations

import json
from pathlib import Path

from axe_checks import violations
from playwright.sync_api import Locator, Page, expect
from stage import Found, LabStage, choose_theme, open_plan

from peerplan_jupyter.cli.demo.evidence import make_evidence
from peerplan_jupyter.cli.demo.scratch import Scratch
from peerplan_jupyter.plan.operations import CreatePlan
from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.home import Home

PAGE = "<!doctype html><title>Coverage</title><h1>94 %</h1><script>parent.ran = true</script>"
LONG = "\n".join(f"\x1b[32mline\x1b[0m {number}" for number in range(1, 20_001))
ZIP = b"PK\x05\x06" + bytes(18)
"""The smallest archive there is: an empty one."""


def make_plan(home: Path) -> None:
    """The demo's evidence, a page, a log that is long, and an archive."""
    with Workspace(Home.under(home)) as workspace:
        agent = workspace.actor("agent", "builder")
        made = CreatePlan(actor=agent, plan_id="shown", title="Shown", content="See below.")
        workspace.run(workspace.create(made))
        files = [(one.file, one.content, one.caption) for one in make_evidence()]
        files += [
            ("coverage.html", PAGE.encode(), "It is covered"),
            ("long.log", LONG.encode(), "It ran for long"),
            ("bundle.zip", ZIP, "Everything in one"),
        ]
        for name, content, caption in files:
            workspace.run(workspace.attach("shown", agent, content, name=name, caption=caption))


def opened(review: Locator, name: str) -> Locator:
    card = review.locator(f'article.card[aria-label="{name}"]')
    card.get_by_role("button", name=f"Open {name}").click()
    return card


def see_diff(review: Locator) -> Found:
    card = opened(review, "sessions.diff")
    added = card.get_by_text("import redis", exact=True)
    expect(added).to_be_visible()
    card.locator("summary", has_text="sessions.py").click()
    expect(added).to_be_hidden()
    return {"counts": card.locator(".diff-files > p").inner_text()}


def see_tests(review: Locator) -> Found:
    card = opened(review, "junit.xml")
    expect(card.get_by_text("two servers see the same session")).to_be_visible()
    return {"words": card.locator(".test-words").inner_text()}


def see_logs(review: Locator) -> Found:
    card = opened(review, "long.log")
    pane = card.get_by_role("region", name="It ran for long")
    expect(pane.locator(".line").first).to_contain_text("line 1")
    pane.evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(pane.locator(".line").last).to_contain_text("line 20000")
    drawn = pane.locator(".line").count()
    colours = opened(review, "copy.log").locator(".log-lines .ansi-yellow").first.inner_text()
    return {"drawn": drawn, "yellow": colours.strip()}


def see_picture(review: Locator) -> Found:
    card = opened(review, "latency.png")
    picture = card.get_by_role("img", name="The 99th percentile stays under 4 ms")
    expect(picture).to_be_visible()
    fitted = picture.evaluate("one => one.getBoundingClientRect().width")
    picture.click()
    full = picture.evaluate("one => one.getBoundingClientRect().width")
    picture.click()
    return {"fitted": fitted, "full": full}


def see_notebook(review: Locator) -> Found:
    card = opened(review, "benchmark.ipynb")
    expect(card.get_by_role("heading", name="Lookups")).to_be_visible()
    return {"output": card.locator(".output").inner_text()}


def see_recording(review: Locator) -> Found:
    card = opened(review, "restart.webm")
    video = card.locator("video")
    return video.evaluate("""async (one) => {
      const heard = (name) => new Promise((done) => one.addEventListener(name, done, {once: true}));
      if (one.readyState < 1) await heard('loadedmetadata');
      const seeked = heard('seeked');
      one.currentTime = 1;
      await seeked;
      return { width: one.videoWidth, at: one.currentTime, error: one.error && one.error.message };
    }""")


def see_page(review: Locator, page: Page) -> Found:
    card = opened(review, "coverage.html")
    card.get_by_role("button", name="Preview without scripts").click()
    shown = card.frame_locator("iframe").get_by_role("heading", name="94 %")
    expect(shown).to_be_visible()
    return {"ran": page.evaluate("window.ran ?? false")}


def see_archive(review: Locator, page: Page) -> Found:
    card = opened(review, "bundle.zip")
    words = card.locator(".opened > p").first.inner_text()
    with page.expect_download() as coming:
        card.get_by_role("link", name="Download bundle.zip").click()
    download = coming.value
    same = download.path().read_bytes() == ZIP
    return {"words": words, "name": download.suggested_filename, "same": same}


def darken(scratch: Scratch) -> None:
    """JupyterLab in the dark, from its load on."""
    theme = {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}
    path = scratch.jupyter / "config" / "labconfig" / "default_setting_overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(theme), "utf-8")


def prepare(scratch: Scratch) -> None:
    make_plan(scratch.home)
    darken(scratch)


def play(stage: LabStage) -> Found:
    review, page = open_plan(stage.page, "shown"), stage.page
    expect(page.locator('body[data-jp-theme-light="false"]')).to_be_attached()
    expect(review).to_contain_text("See below.")
    found = {
        "diff": see_diff(review),
        "tests": see_tests(review),
        "logs": see_logs(review),
        "picture": see_picture(review),
        "notebook": see_notebook(review),
        "recording": see_recording(review),
        "page": see_page(review, page),
        "archive": see_archive(review, page),
    }
    found["dark"] = violations(page, "[data-lm-suppress-shortcuts]")
    choose_theme(page, "Light")
    found["light"] = violations(page, "[data-lm-suppress-shortcuts]")
    for name in ("benchmark.ipynb", "restart.webm", "sessions.diff"):
        review.locator(f'article.card[aria-label="{name}"]').scroll_into_view_if_needed()
        stage.picture(name)
    return found
