"""What the static page does with tokens, and with a TURN server that refuses it.

A part of `page_plays.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from page_stage import PLAN, Raw, served
from page_visit import Found, Play, badge, thread
from playwright.sync_api import Page, expect

from peerplan_jupyter.review.workspace import Workspace
from peerplan_jupyter.store.site.access import PageHost, access
from peerplan_jupyter.store.site.building import build_site

sys.path.append(str(Path(__file__).parents[1]))
from support.github import GitHub, serving
from support.ice import host_address, ice_server, refusing


class Noting(Raw):
    """A static server that notes what it was asked with."""

    heard: ClassVar[list[str]] = []

    def send_head(self) -> Any:
        self.heard.append(self.headers.get("Authorization", ""))
        return super().send_head()


def build(play: Play, target: Path, api: str, raw: str) -> None:
    """A site for a private repository and for one that everybody may read."""
    host, other = api.removeprefix("http://"), raw.removeprefix("http://")
    named = [f"{host}={raw}/none/{{path}}", f"{other}={raw}/{{project}}/{{branch}}/{{path}}"]
    made = access([f"{api}/acme/rocket", f"{raw}/acme/rocket"], named=named)
    ways = PageHost("github-enterprise", f"{raw}/none/{{path}}", f"{api}/api/v3")
    build_site(target, replace(made, hosts={**made.hosts, host: ways}))


def give_token(page: Page, kept: bool) -> None:
    page.locator(".chip.you").click()
    if kept:
        page.get_by_role("checkbox", name="Keep it in this browser").check()
    page.get_by_label("Token for").fill("a-token-of-mine")
    page.get_by_label("Token for").press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".evidence-mark.verified")).to_have_count(6)


def stored(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.includes('token')))"
    )
    return found


def play_tokens(play: Play) -> Found:
    """A token that is kept, one that is not, and who got to see it."""
    stage, site = play.stage, play.stage.folder / "tokens"
    github = GitHub(stage.remote, "a-token-of-mine")
    raw_host: type[Noting] = type("RawHost", (Noting,), {"heard": []})
    own_host: type[Noting] = type("OwnHost", (Noting,), {"heard": []})
    with (
        serving(github) as api,
        served(stage.raw, raw_host) as raw,
        served(site, own_host) as address,
    ):
        build(play, site, api, raw)
        watched = play.watched(api, address, raw)
        link = f"{address}/plan?pr=7&plan={PLAN}"
        page = watched.page(link)
        give_token(page, kept=True)
        found: Found = {"kept": stored(page), "host": api.removeprefix("http://")}
        page.reload()
        expect(thread(page, "Why 30?")).to_be_visible()
        page.goto(f"{link}&repo={raw}/acme/rocket")
        expect(page.locator(".evidence-mark.verified")).to_have_count(6)
        page.goto(link)
        page.locator(".chip.you").click()
        expect(page.get_by_text("Kept in this browser")).to_be_visible()
        page.get_by_role("button", name="Remove", exact=True).click()
        found["removed"] = stored(page)
        page.reload()
        give_token(page, kept=False)
        found["not kept"] = stored(page)
        page.reload()
        page.locator(".chip.you").click()
        expect(page.get_by_label("Token for")).to_be_visible()
        watched.context.close()
    found["asked"] = {"api": sorted({auth for _, _, auth in github.asked})}
    found["asked"] |= {"raw": raw_host.heard, "own": own_host.heard}
    return {**found, "faults": watched.faults}


def play_turn(play: Play) -> Found:
    """What the page says of an invitation with a TURN server whose password is wrong."""
    if not host_address():
        return {"said": None, "faults": []}
    server = play.rooms
    with (
        ice_server(refusing) as turn,
        Workspace(play.stage.home) as workspace,
    ):
        play.stage.build(play.raw, "--server", server)
        who = workspace.identity("human")
        ice = [{"urls": f"turn:{turn.address}", "username": "user", "credential": "wrong"}]
        invited = workspace.inviting.invite(PLAN, who, "Olga", servers=[server], ice=ice)
        fragment = workspace.run(invited).url.partition("#")[2]
        room = workspace.inviting.rooms.get(PLAN)
        assert room
        workspace.run(workspace.meetings.enter(workspace.inviting.standing(room)))
        watched = play.watched(server)
        page = watched.page(f"{play.link}#{fragment}")
        expect(badge(page)).to_contain_text("live")
        badge(page).click()
        popover = page.locator(".connection .popover")
        expect(popover).to_contain_text("TURN server")
        said = popover.inner_text()
        play.picture(page, "turn")
        watched.context.close()
    return {"said": said, "faults": watched.faults}


PLAYS: dict[str, Callable[[Play], Found]] = {
    "tokens": play_tokens,
    "turn": play_turn,
}
