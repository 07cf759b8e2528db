import { CodePoints } from "../../model/code_points";
import type { NewTarget } from "../../model/view";

/** A range of the source in UTF-16 units, end exclusive. */
export interface SourceRange {
  start: number;
  end: number;
}

interface Ends {
  startContainer: Node;
  startOffset: number;
  endContainer: Node;
  endOffset: number;
}

type Composed = Selection & {
  getComposedRanges?: (options: { shadowRoots: ShadowRoot[] }) => StaticRange[];
};

/** The selection inside a shadow root, which browsers give out in different ways. */
export function selectionIn(root: ShadowRoot): Range | null {
  const composed: Composed | null = document.getSelection();
  if (composed?.getComposedRanges) {
    return asRange(composed.getComposedRanges({ shadowRoots: [root] })[0]);
  }
  const own = (root as unknown as Document).getSelection?.() ?? composed;
  return own && own.rangeCount > 0 ? own.getRangeAt(0) : null;
}

function asRange(ends: StaticRange | undefined): Range | null {
  if (!ends) return null;
  const range = document.createRange();
  try {
    range.setStart(ends.startContainer, ends.startOffset);
    range.setEnd(ends.endContainer, ends.endOffset);
  } catch {
    return null;
  }
  return range;
}

/**
 * The part of the source that a selection covers, without surrounding white space. Null if the
 * selection is empty, leaves `container`, or touches nothing that stands in the source.
 */
export function sourceRange(range: Ends, container: Element, source: string): SourceRange | null {
  if (!container.contains(range.startContainer) || !container.contains(range.endContainer)) {
    return null;
  }
  const start = position(range.startContainer, range.startOffset, container, "start");
  const end = position(range.endContainer, range.endOffset, container, "end");
  return start === null || end === null ? null : trimmed(source, start, end);
}

function trimmed(source: string, start: number, end: number): SourceRange | null {
  const text = source.slice(start, end);
  const from = start + (text.length - text.trimStart().length);
  const to = end - (text.length - text.trimEnd().length);
  return from < to ? { start: from, end: to } : null;
}

function position(node: Node, offset: number, container: Element, edge: "start" | "end") {
  const home = node.nodeType === Node.TEXT_NODE ? located(node) : null;
  if (home !== null) return home + offset;
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  const boundary = document.createRange();
  boundary.setStart(node, offset);
  let found: number | null = null;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const at = located(text);
    if (at === null) continue;
    const after = boundary.comparePoint(text, 0) >= 0;
    if (edge === "start" && after) return at;
    if (edge === "end" && after) break;
    found = at + (text.nodeValue ?? "").length;
  }
  return edge === "end" ? found : null;
}

/** Where a text node begins in the source; null if it does not stand there. */
function located(text: Node): number | null {
  const at = text.parentElement?.getAttribute("data-s");
  return at === null || at === undefined ? null : Number(at);
}

const CONTEXT = 32;

/** The target for a range of the source, with position and context so that it finds its place. */
export function textTarget(source: string, { start, end }: SourceRange): NewTarget {
  const points = new CodePoints(source);
  const exact = source.slice(start, end);
  return {
    type: "text",
    quote: {
      type: "TextQuoteSelector",
      exact,
      prefix: wellFormed(source.slice(Math.max(0, start - CONTEXT), start)),
      suffix: wellFormed(source.slice(end, end + CONTEXT)),
    },
    position: {
      type: "TextPositionSelector",
      start: points.fromUtf16(start),
      end: points.fromUtf16(end),
    },
  };
}

/** Without half a surrogate pair at either end. */
function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}
