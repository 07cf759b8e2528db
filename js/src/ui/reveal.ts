const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Scrolls to an element of the review; false if it is not there. */
export function reveal(
  root: ShadowRoot,
  selector: string,
  block: ScrollLogicalPosition = "nearest",
): boolean {
  const found = root.querySelector<HTMLElement>(selector);
  const pane = found?.closest<HTMLElement>("[data-pane]");
  if (!found || !pane) return false;
  scrollWithin(pane, found, block);
  return true;
}

/** Only the pane moves: a notebook around it stays where it is. */
function scrollWithin(pane: HTMLElement, target: HTMLElement, block: ScrollLogicalPosition): void {
  const view = pane.getBoundingClientRect();
  const spot = target.getBoundingClientRect();
  const margin = pane.classList.contains("sheet") ? 52 : 24;
  const above = spot.top - view.top - margin;
  const below = spot.bottom - view.bottom + margin;
  if (block === "nearest" && above >= 0 && below <= 0) return;
  const centre = above - (view.height - spot.height) / 3;
  const top = pane.scrollTop + (block === "start" ? above : centre);
  pane.scrollTo({ top, behavior: still() ? "auto" : "smooth" });
}

/** After something closed: the keyboard goes on from there, once it is drawn. */
export function focusReview(root: ShadowRoot, selector = ".review"): void {
  requestAnimationFrame(() => {
    const found =
      root.querySelector<HTMLElement>(selector) ?? root.querySelector<HTMLElement>(".review");
    found?.focus({ preventScroll: true });
  });
}
