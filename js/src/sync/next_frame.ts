/** Milliseconds that are waited for a frame: browsers make none of pages that nobody sees. */
const LONGEST = 50;

/** Resolves when the page's next frame was made, soon where there is none, and at once if hidden. */
export function nextFrame(): Promise<void> {
  const seen = globalThis.document?.visibilityState === "visible";
  if (!seen || typeof requestAnimationFrame !== "function") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LONGEST);
    // A frame is made after these callbacks and before the next task.
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve);
    });
  });
}
