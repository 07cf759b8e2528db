import { decodeNamedCharacterReference } from "decode-named-character-reference";

/** A piece of rendered text that stands in the source, as it is, from `start` (UTF-16) on. */
export interface Run {
  value: string;
  start: number;
}

const REFERENCE = /^&(?:#(\d{1,7})|#[xX]([\dA-Fa-f]{1,6})|([A-Za-z][A-Za-z\d]{1,31}));/;

/**
 * Rendered text cut into runs that are literally in `source` between `from` and `to`. Markdown
 * leaves out of its text what is only notation (escapes, fences, the `>` of a quoted line); these
 * are skipped. A decoded character reference becomes a run of its own at its first character.
 */
export function sourceRuns(value: string, source: string, from: number, to: number): Run[] {
  if (source.slice(from, from + value.length) === value) return [{ value, start: from }];
  const runs: Run[] = [];
  let at = from;
  let index = 0;
  while (index < value.length) {
    const found = next(value, index, source, at, to);
    if (!found) break;
    add(runs, value.slice(index, index + found.length), found.at);
    at = found.end;
    index += found.length;
  }
  if (index < value.length) append(runs, value.slice(index), at);
  return runs;
}

interface Found {
  at: number;
  end: number;
  length: number;
}

function next(value: string, index: number, source: string, from: number, to: number) {
  for (let at = from; at < to; at += 1) {
    const found = literal(value, index, source, at) ?? reference(value, index, source, at, to);
    if (found) return found;
  }
  return null;
}

function literal(value: string, index: number, source: string, at: number): Found | null {
  const wanted = value[index];
  if (source[at] === wanted) {
    const escaped = wanted === "\\" && source[at + 1] === "\\" && value[index + 1] !== "\\";
    return { at, end: at + (escaped ? 2 : 1), length: 1 };
  }
  const wraps = wanted === " " && (source[at] === "\n" || source[at] === "\r");
  return wraps ? { at, end: at + 1, length: 1 } : null;
}

function reference(value: string, index: number, source: string, at: number, to: number) {
  if (source[at] !== "&") return null;
  const match = REFERENCE.exec(source.slice(at, Math.min(to, at + 40)));
  const decoded = match && decode(match);
  if (!match || !decoded || !value.startsWith(decoded, index)) return null;
  return { at, end: at + match[0].length, length: decoded.length };
}

function decode([, decimal, hexadecimal, name]: RegExpExecArray): string | null {
  if (name) return decodeNamedCharacterReference(name) || null;
  const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal!, 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : null;
}

function add(runs: Run[], text: string, at: number): void {
  const last = runs.at(-1);
  if (last && last.start + last.value.length === at) last.value += text;
  else runs.push({ value: text, start: at });
}

function append(runs: Run[], text: string, at: number): void {
  const last = runs.at(-1);
  if (last) last.value += text;
  else runs.push({ value: text, start: at });
}
