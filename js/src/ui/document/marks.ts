import { CodePoints } from "../../model/code_points";
import type { Annotation, AnnotationType, NewTarget } from "../../model/view";

/** A place in the source (UTF-16, end exclusive) that an annotation is about. */
export interface Mark {
  id: string;
  type: AnnotationType;
  start: number;
  end: number;
  /** One of several places that the annotation may mean. */
  ambiguous: boolean;
  pending: boolean;
}

/** A stretch of text under the same marks; the shortest mark is first. */
export interface Segment {
  start: number;
  end: number;
  marks: Mark[];
}

const MOST_PLACES = 8;

/** The id of the mark under a comment that is being written. */
export const NEW_MARK = "new";

/** The place of a comment that is being written, if it is about text. */
export function markOfNew(target: NewTarget, type: AnnotationType, content: string): Mark | null {
  if (target.type !== "text" || !target.position) return null;
  const points = new CodePoints(content);
  const start = points.toUtf16(target.position.start);
  const end = points.toUtf16(target.position.end);
  if (content.slice(start, end) !== target.quote.exact) return null;
  return { id: NEW_MARK, type, start, end, ambiguous: false, pending: false };
}

/** The marks of all annotations that have a place, ordered by start. */
export function marksOf(
  annotations: readonly Annotation[],
  content: string,
  pending: ReadonlySet<string>,
): Mark[] {
  const points = new CodePoints(content);
  const made: Mark[] = [];
  for (const one of annotations) {
    const { id, type } = one;
    for (const [start, end] of placesOf(one, content, points)) {
      const ambiguous = one.anchor?.state === "ambiguous";
      made.push({ id, type, start, end, ambiguous, pending: pending.has(id) });
    }
  }
  return made.sort(byPlace);
}

export function byPlace(a: Mark, b: Mark): number {
  return a.start - b.start || a.end - b.end;
}

function placesOf(one: Annotation, content: string, points: CodePoints): [number, number][] {
  const { anchor, target } = one;
  if (target.type !== "text" || !anchor) return [];
  if (anchor.start !== undefined && anchor.end !== undefined) {
    return [[points.toUtf16(anchor.start), points.toUtf16(anchor.end)]];
  }
  return anchor.state === "ambiguous" ? occurrences(target.quote.exact, content) : [];
}

function occurrences(exact: string, content: string): [number, number][] {
  const found: [number, number][] = [];
  let at = content.indexOf(exact);
  while (at >= 0 && found.length < MOST_PLACES) {
    found.push([at, at + exact.length]);
    at = content.indexOf(exact, at + 1);
  }
  return found;
}

/** Marks under the index of each range they reach into; ranges are disjoint and ordered. */
export function marksByRange(
  marks: readonly Mark[],
  ranges: readonly { start: number; end: number }[],
): Mark[][] {
  const grouped: Mark[][] = ranges.map(() => []);
  for (const mark of marks) {
    for (let index = firstEndingAfter(ranges, mark.start); index < ranges.length; index += 1) {
      if (ranges[index]!.start >= mark.end) break;
      grouped[index]!.push(mark);
    }
  }
  return grouped;
}

function firstEndingAfter(ranges: readonly { end: number }[], position: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A range cut where marks begin and end. */
export function segments(marks: readonly Mark[], start: number, end: number): Segment[] {
  const inside = marks.filter((mark) => mark.start < end && mark.end > start);
  if (inside.length === 0) return [{ start, end, marks: [] }];
  const cuts = new Set([start, end]);
  for (const mark of inside) {
    if (mark.start > start) cuts.add(mark.start);
    if (mark.end < end) cuts.add(mark.end);
  }
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1]!;
    const over = inside.filter((mark) => mark.start < to && mark.end > from);
    return { start: from, end: to, marks: over.sort((a, b) => width(a) - width(b)) };
  });
}

function width(mark: Mark): number {
  return mark.end - mark.start;
}
