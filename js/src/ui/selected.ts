import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useReview, useView } from "./context";
import { drawnRange, type SourceRange, selectionIn, sourceRange } from "./document/selection";

export interface Selected extends SourceRange {
  rect: DOMRect;
}

/** What of the plan's text is selected now. */
export function useSelected(): Selected | null {
  const { root } = useReview();
  const source = useView(({ plan }) => plan.content);
  const annotations = useView(({ plan }) => plan.annotations);
  const [selected, setSelected] = useState<Selected | null>(null);
  const last = useRef<Last | null>(null);
  useEffect(() => {
    const read = () => {
      const now = selectedIn(root, source);
      last.current = now && { ...now, text: source.slice(now.start, now.end) };
      setSelected((before) => keep(before, now));
    };
    document.addEventListener("selectionchange", read);
    root.addEventListener("pointerup", read);
    return () => {
      document.removeEventListener("selectionchange", read);
      root.removeEventListener("pointerup", read);
    };
  }, [root, source]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new marks draw their paragraph anew
  useLayoutEffect(() => restore(root, source, last.current), [annotations]);
  return selected;
}

interface Last extends SourceRange {
  text: string;
}

/** What others do to a paragraph does not take away what I have selected in it. */
function restore(root: ShadowRoot, source: string, last: Last | null): void {
  const selection = document.getSelection();
  const content = root.querySelector("[data-content]");
  // Without any range it was given up; one that shrank lost its text nodes.
  if (!last || !content || !selection || selection.rangeCount === 0) return;
  if (source.slice(last.start, last.end) !== last.text) return;
  const now = selectedIn(root, source);
  if (now?.start === last.start && now.end === last.end) return;
  const range = drawnRange(last, content);
  if (!range) return;
  const { startContainer, startOffset, endContainer, endOffset } = range;
  selection.setBaseAndExtent(startContainer, startOffset, endContainer, endOffset);
}

/** The selection at this moment. */
export function selectedIn(root: ShadowRoot, source: string): Selected | null {
  const content = root.querySelector("[data-content]");
  const range = content && selectionIn(root, content);
  if (!range || range.collapsed) return null;
  const found = sourceRange(range, content, source);
  return found && { ...found, rect: lastLine(range) };
}

function lastLine(range: Range): DOMRect {
  const whole = range.getBoundingClientRect();
  return [...range.getClientRects()].at(-1) ?? whole;
}

function keep(before: Selected | null, now: Selected | null): Selected | null {
  const same = before && now && before.start === now.start && before.end === now.end;
  return same && before.rect.top === now.rect.top ? before : now;
}
