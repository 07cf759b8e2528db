import { useEffect, useState } from "react";
import { useReview, useView } from "./context";
import { type SourceRange, selectionIn, sourceRange } from "./document/selection";

export interface Selected extends SourceRange {
  rect: DOMRect;
}

/** What of the plan's text is selected now. */
export function useSelected(): Selected | null {
  const { root } = useReview();
  const source = useView(({ plan }) => plan.content);
  const [selected, setSelected] = useState<Selected | null>(null);
  useEffect(() => {
    const read = () => setSelected((before) => keep(before, selectedIn(root, source)));
    document.addEventListener("selectionchange", read);
    root.addEventListener("pointerup", read);
    return () => {
      document.removeEventListener("selectionchange", read);
      root.removeEventListener("pointerup", read);
    };
  }, [root, source]);
  return selected;
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
