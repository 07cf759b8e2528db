/** `size` lines from `a` of one text are those from `b` of the other. */
export interface Block {
  a: number;
  b: number;
  size: number;
}

type Lines = readonly string[];
type Range = [alo: number, ahi: number, blo: number, bhi: number];

/**
 * The blocks that Python's `difflib.SequenceMatcher(autojunk=False)` finds (Ratcliff and Obershelp):
 * the longest, the first of equal ones, and again to both its sides. Another matching, such as the
 * longest common subsequence of `node-diff3`, would merge some texts differently than other peers.
 * In no particular order; adjacent blocks are not joined.
 */
export function matchingBlocks(one: Lines, other: Lines): Block[] {
  const places = placesOf(other);
  const found: Block[] = [];
  const queue: Range[] = [[0, one.length, 0, other.length]];
  for (let range = queue.pop(); range; range = queue.pop()) {
    const [alo, ahi, blo, bhi] = range;
    const block = longest(one, places, range);
    const { a, b, size } = block;
    if (size === 0) continue;
    found.push(block);
    if (alo < a && blo < b) queue.push([alo, a, blo, b]);
    if (a + size < ahi && b + size < bhi) queue.push([a + size, ahi, b + size, bhi]);
  }
  return found;
}

function placesOf(lines: Lines): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const known = places.get(line);
    if (known) known.push(at);
    else places.set(line, [at]);
  }
  return places;
}

function longest(one: Lines, places: Map<string, number[]>, range: Range): Block {
  const [alo, ahi, blo, bhi] = range;
  let best: Block = { a: alo, b: blo, size: 0 };
  let ending = new Map<number, number>();
  for (let a = alo; a < ahi; a++) {
    const now = new Map<number, number>();
    for (const b of places.get(one[a]!) ?? []) {
      if (b < blo) continue;
      if (b >= bhi) break;
      const size = (ending.get(b - 1) ?? 0) + 1;
      now.set(b, size);
      if (size > best.size) best = { a: a - size + 1, b: b - size + 1, size };
    }
    ending = now;
  }
  return best;
}
