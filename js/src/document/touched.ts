import { length } from "../model/code_points";
import type { DeltaPart } from "../model/view";
import { COLLECTIONS, type Collection, type Root } from "./containers";
import type { LoroEvent, LoroEventBatch } from "./loro";

type Diff = LoroEvent["diff"];

/** The places that a commit or an import changed, read off Loro's events before anything is read. */
export class Touched {
  readonly roots = new Set<string>();
  /** The changes of the content, in order, in UTF-16 units. */
  readonly deltas: DeltaPart[][] = [];
  readonly #entities = new Map<string, Set<string>>();
  readonly #values = new Map<string, Set<string>>();

  /** Remembers a batch. Runs inside Loro's callback: it reads, and never throws. */
  note({ events }: LoroEventBatch): void {
    for (const { path, diff } of events) {
      const [root, key] = path;
      if (typeof root !== "string") continue;
      this.roots.add(root);
      this.#noteKeys(root, key, diff);
    }
  }

  /** The entities of a collection that were touched. */
  of(collection: Collection): ReadonlySet<string> {
    return this.#entities.get(collection) ?? NONE;
  }

  /** The keys of a root map that were touched. */
  in(root: Root): ReadonlySet<string> {
    return this.#values.get(root) ?? NONE;
  }

  #noteKeys(root: string, key: unknown, diff: Diff): void {
    if (diff.type === "text") {
      if (root === "content") this.deltas.push(joined(diff.diff));
    } else if (diff.type === "map") {
      const within = COLLECTIONS.has(root) && typeof key === "string";
      const names = within ? [key] : Object.keys(diff.updated);
      const places = COLLECTIONS.has(root) ? this.#entities : this.#values;
      const known = places.get(root) ?? new Set();
      for (const name of names) known.add(name);
      places.set(root, known);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Between what stays, what comes and then what goes: in one form, whoever cut it how. */
function joined(parts: readonly { retain?: number; insert?: string; delete?: number }[]) {
  const made: DeltaPart[] = [];
  let [come, gone] = ["", 0];
  for (const part of [...parts, undefined]) {
    come += part?.insert ?? "";
    gone += part?.delete ?? 0;
    if (part && part.retain === undefined) continue;
    if (come) made.push({ insert: come });
    if (gone) made.push({ delete: gone });
    if (part?.retain) made.push({ retain: part.retain });
    [come, gone] = ["", 0];
  }
  return made;
}

/** `delta` of the text `before` with its numbers in code points. */
export function inCodePoints(delta: readonly DeltaPart[], before: string): DeltaPart[] {
  let unit = 0;
  const points = (units: number) => {
    unit += units;
    return length(before.slice(unit - units, unit));
  };
  return delta.map((part) => {
    if ("retain" in part) return { retain: points(part.retain) };
    return "delete" in part ? { delete: points(part.delete) } : part;
  });
}
