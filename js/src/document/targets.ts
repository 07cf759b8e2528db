import { length } from "../model/code_points";
import { PeerPlanError } from "../model/errors";
import type { Anchor, TextTarget } from "../model/view";
import type { Content } from "./content";
import { guarded } from "./guard";
import type { Cursor, LoroText } from "./loro";
import type { Positions } from "./positions";
import { commonEnd, commonStart, head, strip, tail } from "./text";

/** Characters of prefix and suffix that are kept with a quote. */
const CONTEXT = 32;
const MAX_MATCHES = 1000;

/** A range of the content in UTF-16 units. */
interface Span {
  start: number;
  end: number;
}
type Found = Span | "unanchored" | "ambiguous";

/** Where a text is, and whether edits elsewhere only move it. */
export interface Place {
  anchor: Anchor;
  /** Both characters that the cursors were set on live, around the words of the quote. */
  firm: boolean;
}

/**
 * `target` completed for storage: position, context, block and cursors of the text it names.
 * Throws `invalid_input` when its quote is not in the content, or is there more than once and
 * neither position nor context says which is meant.
 */
export function bind(target: TextTarget, text: LoroText, content: Content): TextTarget {
  const found = locate(target, content);
  if (typeof found === "string") throw unplaced(target, found, content);
  const { start, end } = found;
  const whole = content.text;
  const [first, last] = [content.points.fromUtf16(start), content.points.fromUtf16(end)];
  const cursor = cursors(text, start, end - widthBefore(whole, end));
  return {
    type: "text",
    quote: {
      type: "TextQuoteSelector",
      exact: whole.slice(start, end),
      prefix: tail(whole.slice(Math.max(0, start - 2 * CONTEXT), start), CONTEXT),
      suffix: head(whole.slice(end, end + 2 * CONTEXT), CONTEXT),
    },
    position: { type: "TextPositionSelector", start: first, end: last },
    block: content.blockAt(start),
    ...(cursor && { cursor }),
  };
}

/** Where a new target points in the text its author saw: its position if the quote is there. */
function locate(target: TextTarget, content: Content): Found {
  const { quote, position } = target;
  const start = position && content.points.toUtf16(position.start);
  const end = position && content.points.toUtf16(position.end);
  const stands = position && content.text.slice(start, end) === quote.exact;
  return stands ? { start: start!, end: end! } : byQuote(target, content);
}

/**
 * Where the characters are that a target's cursors were set on, or were before they went, in code
 * points.
 */
export interface Spots {
  first: number;
  last: number;
  /** Behind the last one. */
  end: number;
  /** Whether both live. */
  alive: boolean;
}

/** Where the cursors of a target are by what was found; undefined where one of them was not. */
export function spotsOf({ cursor }: TextTarget, found: Positions, content: Content) {
  const first = cursor && found.get(cursor.start);
  const last = cursor && found.get(cursor.end);
  if (!first || !last) return undefined;
  const at = content.points.fromUtf16(last.unit);
  return {
    first: content.points.fromUtf16(first.unit),
    last: at,
    end: last.gone ? at : at + 1,
    alive: !first.gone && !last.gone,
  };
}

/** Where a stored target is in `content` now: by its cursors, then its quote, then its block. */
export function resolve(target: TextTarget, spots: Spots | undefined, content: Content): Place {
  if (spots) {
    const [start, end] = [spots.first, spots.end].map((at) => content.points.toUtf16(at));
    const now = content.text.slice(start, end);
    if (stillSays(now, target.quote.exact)) {
      const firm = spots.alive && now === target.quote.exact;
      return { anchor: anchorOf({ start: start!, end: end! }, content), firm };
    }
  }
  return { anchor: anchorOf(byQuote(target, content), content), firm: false };
}

/** Whether the quote stands in one place at most. */
export function isAlone({ quote: { exact } }: TextTarget, { text }: Content): boolean {
  const first = text.indexOf(exact);
  return first < 0 || text.indexOf(exact, first + 1) < 0;
}

function anchorOf(found: Found, { points }: Content): Anchor {
  if (typeof found === "string") return { state: found };
  const [start, end] = [points.fromUtf16(found.start), points.fromUtf16(found.end)];
  return { state: "anchored", start, end };
}

/** The one place where the quote stands; more are narrowed by context, then by block. */
function byQuote({ quote, block }: TextTarget, content: Content): Found {
  let found = occurrences(quote.exact, content.text);
  if (found.length > 1) found = best(found, (at) => contextAt(at, quote, content.text));
  if (found.length > 1 && block) {
    const inBlock = found.filter((at) => content.blockAt(at) === block);
    if (inBlock.length > 0) found = inBlock;
  }
  if (found.length > 1) return "ambiguous";
  const start = found[0];
  return start === undefined ? "unanchored" : { start, end: start + quote.exact.length };
}

function occurrences(exact: string, text: string): number[] {
  const found: number[] = [];
  let at = text.indexOf(exact);
  while (at >= 0 && found.length < MAX_MATCHES) {
    found.push(at);
    at = text.indexOf(exact, at + 1);
  }
  return found;
}

function best(found: number[], score: (at: number) => number): number[] {
  const scores = found.map(score);
  const top = Math.max(...scores);
  return found.filter((_, index) => scores[index] === top);
}

/** How many characters around the quote at `at` are as in its prefix and its suffix. */
function contextAt(at: number, { exact, prefix, suffix }: TextTarget["quote"], text: string) {
  const end = at + exact.length;
  const before = text.slice(Math.max(0, at - prefix.length), at);
  return sameEnd(before, prefix) + sameStart(text.slice(end, end + suffix.length), suffix);
}

function sameStart(one: string, other: string): number {
  return length(one.slice(0, commonStart(one, other)));
}

function sameEnd(one: string, other: string): number {
  return length(one.slice(one.length - commonEnd(one, other)));
}

/** Whether text between the cursors is still recognisably what was quoted. */
function stillSays(now: string, before: string): boolean {
  if (now === before) return true;
  if (strip(now) === "") return false;
  const kept = sameStart(now, before) + sameEnd(now, before);
  return kept * 2 >= Math.max(length(now), length(before));
}

function cursors(text: LoroText, start: number, last: number): TextTarget["cursor"] {
  const [first, second] = guarded("Setting a cursor", () => [
    text.getCursor(start, -1),
    text.getCursor(last, -1),
  ]);
  return first && second && { start: encoded(first), end: encoded(second) };
}

function encoded(cursor: Cursor): string {
  return btoa(String.fromCharCode(...cursor.encode()));
}

function widthAt(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}

function widthBefore(text: string, end: number): number {
  return widthAt(text, end - 2);
}

function unplaced(target: TextTarget, state: string, { text }: Content): PeerPlanError {
  const quote = JSON.stringify(head(target.quote.exact, 80));
  if (state === "ambiguous") {
    return new PeerPlanError(
      "invalid_input",
      `The text ${quote} stands in the plan more than once.`,
      {
        hint: "Say which is meant: give `position`, or `prefix` and `suffix`.",
      },
    );
  }
  return new PeerPlanError("invalid_input", `The text ${quote} is not in the plan any more.`, {
    hint: "Read the plan again and quote what it says now.",
    data: { current: text },
  });
}
