import { matchingBlocks } from "./matching";
import { linesOf } from "./text";

const MAX_WORK = 3_000_000;

/**
 * `ours` and `theirs` joined, both made from `base`, by lines (diff3; Khanna, Kunal and Pierce,
 * 2007); null where they changed the same lines. The same change on both sides is no conflict.
 * Changes to adjacent lines are one. Texts whose lines repeat so often that comparing them would
 * take seconds count as in conflict.
 */
export function merge3(base: string, ours: string, theirs: string): string | null {
  if (ours === base || ours === theirs) return theirs;
  if (base === theirs) return ours;
  const [old, our, their] = [linesOf(base), linesOf(ours), linesOf(theirs)] as const;
  if (work(old, our) + work(old, their) > MAX_WORK) return null;
  const merged: string[] = [];
  for (const chunk of chunks(old, our, their)) {
    const chosen = choose(...chunk);
    if (!chosen) return null;
    for (const line of chosen) merged.push(line);
  }
  return merged.join("");
}

type Lines = readonly string[];

/** Pairs of equal lines, which is what matching costs. */
function work(base: Lines, other: Lines): number {
  const counts = new Map<string, number>();
  for (const line of other) counts.set(line, (counts.get(line) ?? 0) + 1);
  return base.reduce((sum, line) => sum + (counts.get(line) ?? 0), 0);
}

function choose(old: Lines, our: Lines, their: Lines): Lines | null {
  if (equal(our, old) || equal(our, their)) return their;
  return equal(their, old) ? our : null;
}

function equal(one: Lines, other: Lines): boolean {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}

/** Runs of the three texts, alternately in agreement and not. */
function* chunks(base: Lines, ours: Lines, theirs: Lines): Iterable<[Lines, Lines, Lines]> {
  const toOurs = matches(base, ours);
  const toTheirs = matches(base, theirs);
  let [b, o, t] = [0, 0, 0];
  for (let line = 0; line < base.length; line++) {
    const our = toOurs.get(line);
    const their = toTheirs.get(line);
    if (our === undefined || their === undefined || line < b || our < o || their < t) continue;
    yield [base.slice(b, line), ours.slice(o, our), theirs.slice(t, their)];
    const same = base.slice(line, line + 1);
    yield [same, same, same];
    [b, o, t] = [line + 1, our + 1, their + 1];
  }
  yield [base.slice(b), ours.slice(o), theirs.slice(t)];
}

function matches(base: Lines, other: Lines): Map<number, number> {
  const found = new Map<number, number>();
  for (const { a, b, size } of matchingBlocks(base, other)) {
    for (let at = 0; at < size; at++) found.set(a + at, b + at);
  }
  return found;
}
