"""What the static page says on bad days, in a browser.

A part of `page_plays.py`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from page_stage import PLAN, git, served
from page_visit import (
    Found,
    Play,
    Watched,
    annotations,
    comment,
    give_name,
    invite,
    noticed,
    notices,
    thread,
    trouble,
    until,
)
from playwright.sync_api import Route, expect

from peerplan_jupyter.review.workspace import Workspace

sys.path.append(str(Path(__file__).parents[1]))
from support.github import GitHub, serving

JSON = re.compile(r"/plan\.json$")
LORO = re.compile(r"/plan\.loro$")
NO_ROOM = """globalThis.noRoom = false; const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (...given) {
  if (noRoom) throw new DOMException("There is no room.", "QuotaExceededError");
  return add.apply(this, given);
};"""
"""Chromium does not hold a profile without a folder to a quota."""
Answer = Callable[[Route], None]


def saying(body: str | bytes, status: int = 200, kind: str = "application/json") -> Answer:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": kind}
    return lambda route: route.fulfill(status=status, body=body, headers=headers)


def published(play: Play) -> str:
    return (play.stage.raw / f"acme/rocket/plan-artifacts/pr-7/plan-{PLAN}/plan.json").read_text()


def play_answers(play: Play) -> Found:
    """A raw host on bad days, in a browser that never read the plan."""
    whole = published(play)
    newer = json.loads(whole)
    newer["plan"]["schemaVersion"] = 99
    other = json.loads(whole)
    other["plan"]["id"] = "another"
    broken = json.loads(whole)
    broken["plan"]["steps"] = [{"title": 5}]
    cases: dict[str, Answer] = {
        "html": saying("<!doctype html><title>Sign in</title>", kind="text/html"),
        "missing": saying("404: Not Found", 404, "text/plain"),
        "sign-in": saying("no", 401, "text/plain"),
        "limited": saying("slow down", 429, "text/plain"),
        "broken": saying("oops", 500, "text/plain"),
        "down": lambda route: route.abort("connectionrefused"),
        "cut": saying(whole[: len(whole) // 2]),
        "no plan": saying("[1, 2]"),
        "newer": saying(json.dumps(newer)),
        "other": saying(json.dumps(other)),
        "invalid": saying(json.dumps(broken)),
    }
    watched, now = play.watched(), {"name": "html"}

    def answer(route: Route) -> None:
        cases[now["name"]](route)

    watched.context.route(JSON, answer)
    page = watched.page(play.link)
    found: Found = {}
    for name in cases:
        if found:
            before, now["name"] = found[now["name"]], name
            page.get_by_role("button", name="Try again").click()
            expect(page.locator(".trouble[role=alert]")).not_to_have_text(before)
        found[name] = trouble(page)
    watched.context.close()
    assert watched.faults == [], watched.faults
    return found


def play_again(play: Play) -> Found:
    """A host that is slow, then away, then back."""
    watched = play.watched()
    page = watched.context.new_page()
    away = {"now": True}

    def answer(route: Route) -> None:
        if away["now"]:
            time.sleep(5)
            route.abort("connectionrefused")
        else:
            route.continue_()

    watched.context.route(JSON, answer)
    page.goto(play.link)
    expect(page.get_by_text("It takes longer than usual.")).to_be_visible()
    trouble(page)
    play.picture(page, "away")
    away["now"] = False
    page.get_by_role("button", name="Try again").click()
    expect(thread(page, "Why 30?")).to_be_visible()
    said = notices(page)
    watched.context.close()
    return {"said": said, "faults": watched.faults}


def play_links(play: Play) -> Found:
    """Links that lead nowhere."""
    links = {
        "host": f"{play.site}/plan?repo=https://evil.example/a/b&plan={PLAN}",
        "repository": f"{play.site}/plan?repo={play.raw}/other/repository&plan={PLAN}",
        "no plan": f"{play.site}/plan?pr=7",
        "no id": f"{play.site}/plan?plan=../../etc",
        "no number": f"{play.site}/plan?plan={PLAN}&pr=x",
    }
    watched = play.watched()
    page = watched.context.new_page()
    found: Found = {}
    for name, url in links.items():
        page.goto(url)
        found[name] = trouble(page)
    watched.context.close()
    return {**found, "faults": watched.faults}


def play_hidden(play: Play) -> Found:
    """A host whose API says what is not there."""
    stage, site = play.stage, play.stage.folder / "api"
    github = GitHub(stage.remote, "token")
    found: Found = {}
    with serving(github) as api, served(site) as address:
        stage.build_private(site, api, play.raw)
        watched = play.watched(api, address)
        watched.context.add_init_script(
            f"if (origin === '{address}')"
            f" localStorage.setItem('peerplan:token:{api.removeprefix('http://')}', 'token')"
        )
        page = watched.page(f"{address}/plan?pr=7&plan=elsewhere")
        found["plan"] = trouble(page)
        git(stage.remote, "branch", "-m", "plan-artifacts", "away")
        page.reload()
        found["branch"] = trouble(page)
        git(stage.remote, "branch", "-m", "away", "plan-artifacts")
        watched.context.close()
    return {**found, "faults": watched.faults}


def play_kept(play: Play) -> Found:
    """The host is away, and the browser has what it read before."""
    watched = play.watched()
    page = watched.page(play.link)
    comment(page, "Mine")
    give_name(page, "Robin")
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    watched.context.route(JSON, lambda route: route.abort("connectionrefused"))
    page.reload()
    expect(thread(page, "Mine")).to_be_visible()
    expect(thread(page, "Why 30?")).to_be_visible()
    said = noticed(page, "opening")
    watched.context.close()
    return {"said": said, "faults": watched.faults}


def play_storage(play: Play) -> Found:
    """A browser that keeps nothing, and one that has no room."""
    denied = play.watched()
    denied.context.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    page = denied.page(play.link)
    said = noticed(page, "storage")
    comment(page, "In memory only")
    give_name(page, "Robin")
    expect(thread(page, "In memory only")).to_be_visible()
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    play.picture(page, "denied")
    denied.context.close()
    full = play.watched()
    full.context.add_init_script(NO_ROOM)
    page = full.page(play.link)
    comment(page, "Kept")
    give_name(page, "Robin")
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    page.evaluate("noRoom = true")
    comment(page, "Without room")
    room = noticed(page, "storage")
    expect(page.locator(".chip.unsent")).to_have_text("2 unsent")
    play.picture(page, "full")
    page.evaluate("noRoom = false")
    comment(page, "With room again")
    expect(page.locator(".notice[data-notice=storage]")).to_have_count(0)
    page.reload()
    expect(page.locator(".chip.unsent")).to_have_text("3 unsent")
    expect(thread(page, "Without room")).to_be_visible()
    full.context.close()
    return {"denied": said, "full": room, "faults": denied.faults + full.faults}


def play_evidence(play: Play) -> Found:
    """Evidence that is not what was recorded, and evidence that is not there."""
    watched = play.watched()
    watched.context.route(re.compile(r"junit\.xml$"), saying("<testsuites/>", kind="text/plain"))
    watched.context.route(re.compile(r"copy\.log$"), saying("", 404))
    page = watched.page(play.link)
    expect(page.locator(".evidence-mark.mismatch")).to_have_count(1)
    expect(page.locator(".evidence-mark.missing")).to_have_count(1)
    page.get_by_role("button", name="Open junit.xml").click()
    differs = page.locator(".card.open").inner_text()
    page.get_by_role("button", name="Close junit.xml").first.click()
    page.get_by_role("button", name="Open copy.log").click()
    lacks = page.locator(".card.open").inner_text()
    play.picture(page, "evidence")
    watched.context.close()
    return {"differs": differs, "lacks": lacks, "faults": watched.faults}


def play_document(play: Play) -> Found:
    """The document cannot be loaded, or is none: the plan can be read, and it is said."""
    found: Found = {"faults": []}
    cases: dict[str, tuple[re.Pattern[str], Answer]] = {
        "wasm": (re.compile(r"\.wasm$"), saying("", 404)),
        "script": (re.compile(r"/workshop-[^/]+\.js$"), saying("", 404)),
        "loro": (LORO, saying(b"loro" + b"x" * 100, kind="application/octet-stream")),
    }
    for name, (pattern, answer) in cases.items():
        watched = play.watched()
        watched.context.route(pattern, answer)
        page = watched.page(play.link)
        expect(thread(page, "Why 30?")).to_be_visible()
        found[name] = noticed(page, "document")
        watched.context.close()
    return found


def play_rewritten(play: Play) -> Found:
    """The plan branch is rewritten, then holds another plan of the same name."""
    stage, found = play.stage, {}
    watched = play.watched()
    page = watched.page(play.link)
    comment(page, "Mine")
    give_name(page, "Robin")
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    kept = stage.raw / f"acme/rocket/plan-artifacts/pr-7/plan-{PLAN}"
    now = {file.name: file.read_bytes() for file in kept.iterdir()}
    stage.rewrite()
    page.reload()
    found["rewritten"] = noticed(page, "history")
    expect(thread(page, "Mine")).to_be_visible()
    stage.replace_plan()
    page.reload()
    expect(page.get_by_role("button", name="Begin again")).to_be_visible()
    found["replaced"] = notices(page)
    with page.expect_download() as saving:
        page.locator(".notice").get_by_role("button", name="Save as a file").click()
    found["saved"] = json.loads(Path(saving.value.path()).read_text())["plan"]
    play.picture(page, "replaced")
    page.get_by_role("button", name="Begin again").click()
    expect(page.locator(".notice")).to_have_count(0)
    expect(thread(page, "Mine")).to_have_count(0)
    for name, data in now.items():
        (kept / name).write_bytes(data)
    watched.context.close()
    return {**found, "faults": watched.faults}


def play_invitations(play: Play) -> Found:
    """Invitations that were cut, changed, are over, taken back, or name a strange room server."""
    found: Found = {}
    server = play.rooms
    play.stage.build(play.raw, "--server", server)
    with Workspace(play.stage.home) as workspace:
        watched = play.watched(server)
        link = invite(workspace, play, server)
        who = workspace.identity("human")
        late = workspace.inviting.invite(PLAN, who, "Olga", servers=[server], seconds=1)
        soon = f"{play.link}#{workspace.run(late).url.partition('#')[2]}"
        strange = f"{play.link}#{invited_to(workspace, 'wss://rooms.example')}"
        time.sleep(1.1)
        cases = {
            "cut": link[: link.rindex("&sig=")],
            "changed": link.replace("role=reviewer", "role=owner"),
            "expired": soon,
            "none": f"{play.link}#room=r&key=k",
            "strange": strange,
        }
        page = watched.page(play.link)
        for name, url in cases.items():
            page.goto(url)
            # Another fragment alone does not load the page again.
            page.reload()
            expect(thread(page, "Why 30?")).to_be_visible()
            found[name] = noticed(page, "servers" if name == "strange" else "invitation")
        page.close()
        found["viewer"] = viewed(play, watched, workspace, server)
        found["revoked"] = revoked(watched, workspace, link)
        watched.context.close()
    return {**found, "faults": watched.faults}


def invited_to(workspace: Workspace, server: str) -> str:
    who = workspace.identity("human")
    issued = workspace.run(workspace.inviting.invite(PLAN, who, "Olga", servers=[server]))
    return issued.url.partition("#")[2]


def viewed(play: Play, watched: Watched, workspace: Workspace, server: str) -> str:
    """What a viewer is told, who finds nothing to write with."""
    who = workspace.identity("human")
    invited = workspace.inviting.invite(PLAN, who, "Olga", servers=[server], role="viewer")
    page = watched.page(f"{play.link}#{workspace.run(invited).url.partition('#')[2]}")
    expect(page.locator(".connection .chip")).to_contain_text("live")
    told = page.get_by_text("You can read this plan.")
    expect(told.first).to_be_visible()
    expect(page.get_by_role("button", name="Comment on the plan as a whole")).to_have_count(0)
    said = told.first.inner_text()
    page.close()
    return said


def revoked(watched: Watched, workspace: Workspace, link: str) -> str:
    """An invitation that is taken back while its page is open."""
    page = watched.page(link)
    expect(page.locator(".connection .chip")).to_contain_text("live")
    comment(page, "While I may")
    give_name(page, "Vera")
    assert until(lambda: "While I may" in annotations(workspace))
    who = workspace.identity("human")
    for one in workspace.run(workspace.inviting.issued(PLAN)):
        if one["url"].endswith(link.partition("#")[2]):
            workspace.run(workspace.inviting.revoke(PLAN, one["id"], who, "Olga"))
    told = page.get_by_text("You can read what is here; ask").first
    expect(told).to_be_visible()
    said = told.inner_text()
    page.close()
    return said


PLAYS: dict[str, Callable[[Play], Found]] = {
    "answers": play_answers,
    "again": play_again,
    "links": play_links,
    "hidden": play_hidden,
    "kept": play_kept,
    "storage": play_storage,
    "evidence": play_evidence,
    "document": play_document,
    "rewritten": play_rewritten,
    "invitations": play_invitations,
}
