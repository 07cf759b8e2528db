/** What Python's strings do and JavaScript's do not, so that both read one text alike. */
import { CodePoints } from "../model/code_points";

/** The characters that `str.isspace` and `\\s` of Python know. */
export const SPACE =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const OUTER_SPACE = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");
const LINE_END = "\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029";
const LINE = new RegExp(`[^${LINE_END}]*(?:\\r\\n|[${LINE_END}])|[^${LINE_END}]+$`, "g");
const BEYOND = /[\ud800-\uffff]/;

/** Order by code points, as UTF-8 and Python sort. */
export function byCodePoint(a: string, b: string): number {
  const size = Math.min(a.length, b.length);
  for (let at = 0; at < size; at++) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one !== other) return ranked(one) - ranked(other);
  }
  return a.length - b.length;
}

/** Surrogates stand for what comes after all other units. */
function ranked(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** The strings in the order of their code points. */
export function sorted(strings: Iterable<string>): string[] {
  const all = [...strings];
  return all.some((one) => BEYOND.test(one)) ? all.sort(byCodePoint) : all.sort();
}

/** The first `points` code points of `text`. */
export function head(text: string, points: number): string {
  if (text.length <= points) return text;
  return text.slice(0, new CodePoints(text.slice(0, points * 2)).toUtf16(points));
}

/** The last `points` code points of `text`. */
export function tail(text: string, points: number): string {
  const end = text.slice(-points * 2);
  const { length } = [...end];
  return length <= points ? end : [...end].slice(length - points).join("");
}

/** `text` without space around it. */
export function strip(text: string): string {
  return text.replace(OUTER_SPACE, "");
}

/** Lines with their ends, as `str.splitlines(keepends=True)`. */
export function linesOf(text: string): string[] {
  return text.match(LINE) ?? [];
}

/** How many UTF-16 units two texts have in common at their beginning; no character is split. */
export function commonStart(one: string, other: string): number {
  const size = Math.min(one.length, other.length);
  let at = 0;
  while (at < size && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  return at > 0 && isHigh(one.charCodeAt(at - 1)) ? at - 1 : at;
}

/** How many UTF-16 units two texts have in common at their end; no character is split. */
export function commonEnd(one: string, other: string): number {
  const size = Math.min(one.length, other.length);
  const [end, otherEnd] = [one.length - 1, other.length - 1];
  let count = 0;
  while (count < size && one.charCodeAt(end - count) === other.charCodeAt(otherEnd - count))
    count++;
  return count > 0 && isLow(one.charCodeAt(one.length - count)) ? count - 1 : count;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
