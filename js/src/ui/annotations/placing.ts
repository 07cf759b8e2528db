/** Something beside the text: where it would like to be, and how high it is, in pixels. */
export interface Wish {
  top: number;
  height: number;
}

/**
 * Tops that keep order and never overlap. The one at `fixed` is exactly where it wishes to be; the
 * others give way, those before it upwards. Where the beginning has no room for them it goes
 * further down, as far as `lowest`; then they go beyond the beginning.
 */
export function place(wishes: readonly Wish[], gap: number, fixed = -1, lowest = 0): number[] {
  const tops: number[] = [];
  let free = 0;
  for (const { top, height } of wishes) {
    const at = Math.max(top, free);
    tops.push(at);
    free = at + height + gap;
  }
  if (fixed >= 0 && fixed < wishes.length) giveWay(tops, wishes, gap, fixed, lowest);
  return tops;
}

function giveWay(
  tops: number[],
  wishes: readonly Wish[],
  gap: number,
  fixed: number,
  lowest: number,
): void {
  tops[fixed] = wishes[fixed]!.top;
  for (let index = fixed - 1; index >= 0; index -= 1) {
    const limit = tops[index + 1]! - gap - wishes[index]!.height;
    tops[index] = Math.min(tops[index]!, limit);
  }
  const lack = Math.max(0, Math.min(-tops[0]!, lowest - tops[fixed]));
  for (let index = 0; index <= fixed; index += 1) tops[index]! += lack;
  for (let index = fixed + 1; index < wishes.length; index += 1) {
    const free = tops[index - 1]! + wishes[index - 1]!.height + gap;
    tops[index] = Math.max(wishes[index]!.top, free);
  }
}
