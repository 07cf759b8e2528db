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

/** The part of the selection inside an element of a shadow root; null if there is none. */
export function selectionIn(root: ShadowRoot, container: Element): Range | null {
  const ends = selectedEnds(root);
  return ends && within(ends, container);
}

/** Browsers give out what is selected inside a shadow root in different ways. */
function selectedEnds(root: ShadowRoot): Ends | null {
  const composed: Composed | null = document.getSelection();
  if (composed?.getComposedRanges) {
    return composed.getComposedRanges({ shadowRoots: [root] })[0] ?? null;
  }
  const own = (root as unknown as Document).getSelection?.() ?? composed;
  return own && own.rangeCount > 0 ? own.getRangeAt(0) : null;
}

/**
 * What a range covers of `container`: a drag may end in the margin, and three clicks on the last
 * paragraph end in what follows it. Null unless it begins or ends inside.
 */
export function within(ends: Ends, container: Element): Range | null {
  const begins = container.contains(ends.startContainer);
  const stops = container.contains(ends.endContainer);
  if (!begins && !stops) return null;
  const range = document.createRange();
  range.selectNodeContents(container);
  try {
    if (begins) range.setStart(ends.startContainer, ends.startOffset);
    if (stops) range.setEnd(ends.endContainer, ends.endOffset);
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

/** Where a part of the source is drawn; null if it is not. The opposite of `sourceRange`. */
export function drawnRange({ start, end }: SourceRange, container: Element): Range | null {
  const range = document.createRange();
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  let begun = false;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const at = located(text);
    if (at === null) continue;
    const to = at + (text.nodeValue ?? "").length;
    if (!begun && start >= at && start < to) {
      range.setStart(text, start - at);
      begun = true;
    }
    if (begun && end > at && end <= to) {
      range.setEnd(text, end - at);
      return range;
    }
  }
  return null;
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
