"""What axe finds on a page, in few words: to tell all costs as much as to find it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Axe().axe_script
RUN = """async (within) => {
  const found = await axe.run(within ?? document, { resultTypes: ['violations'] });
  return found.violations.flatMap(
    (one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`));
}"""


def violations(page: Page, within: str | None = None) -> list[str]:
    """Each violation of the page as it is now, or of what is `within` a selector."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(SCRIPT)
    return page.evaluate(RUN, within)
