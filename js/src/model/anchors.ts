import { length } from "./code_points";
import type { Anchor, DeltaPart } from "./view";

/** One replaced range of the old text, and by how much what follows it moves. */
interface Change {
  at: number;
  end: number;
  shift: number;
}

function changes(delta: readonly DeltaPart[]): Change[] {
  const made: Change[] = [];
  let position = 0;
  let shift = 0;
  for (const part of delta) {
    if ("retain" in part) {
      position += part.retain;
      continue;
    }
    const gone = "delete" in part ? part.delete : 0;
    shift += ("insert" in part ? length(part.insert) : 0) - gone;
    made.push({ at: position, end: position + gone, shift });
    position += gone;
  }
  return made;
}

/**
 * A function that moves anchors by a content change. Text inserted at an anchor's start moves it,
 * at its end does not extend it. An anchor that the change touched comes back as it was: the host
 * sends its new one in the same change set.
 */
export function shifter(delta: readonly DeltaPart[]): (anchor: Anchor) => Anchor {
  const edits = changes(delta);
  return (anchor) => {
    const { start, end } = anchor;
    if (start === undefined || end === undefined) return anchor;
    let shift = 0;
    for (const edit of edits) {
      if (edit.at >= end) break;
      if (edit.end > start) return anchor;
      shift = edit.shift;
    }
    return shift === 0 ? anchor : { ...anchor, start: start + shift, end: end + shift };
  };
}
