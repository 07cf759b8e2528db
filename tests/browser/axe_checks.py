"""What axe finds on a page, in few words: to tell all costs as much as to find it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Axe reads each colour anew for each element that has it, which takes most of its time.
SCRIPT = (
    Axe().axe_script
    + """;(() => {
  const { prototype } = axe.commons.color.Color;
  const { parseString } = prototype;
  const known = new Map();
  prototype.parseString = function (text) {
    const read = known.get(text);
    if (read) return Object.assign(this, read);
    parseString.call(this, text);
    known.set(text, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    return this;
  };
})()"""
)
RUN = """async (within) => {
  const moves = (one) => one.effect.getComputedTiming().endTime !== Infinity;
  const shown = (root) => [root, ...[...root.querySelectorAll('*')]
    .flatMap((one) => one.shadowRoot ? shown(one.shadowRoot) : [])];
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const moving = shown(document).flatMap((root) => root.getAnimations())
    .filter((one) => one.playState === 'running' && moves(one));
  await Promise.allSettled(moving.map((one) => one.finished));
  const found = await axe.run(within ?? document, { resultTypes: ['violations'] });
  return found.violations.flatMap(
    (one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`));
}"""


def violations(page: Page, within: str | None = None) -> list[str]:
    """Each violation of the page as it is once nothing moves, or of what is `within` a selector."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(SCRIPT)
    return page.evaluate(RUN, within)
