import { length } from "../model/code_points";
import { guarded, isPanic } from "./guard";
import { isContainer, type LoroDoc, LoroMap, type LoroMovableList, type LoroText } from "./loro";
import { commonEnd, commonStart, sorted } from "./text";

export type Collection = "artifacts" | "annotations" | "reviews" | "revisions";
export type Root = (typeof ROOTS)[number];
/** What a peer stored, in whatever form: nothing about it is known. */
export type Raw = Readonly<Record<string, unknown>>;

const ROOTS = ["plan", "identities", "applied", "receipts", "policy", "revocations"] as const;
export const COLLECTIONS: ReadonlySet<string> = new Set<Collection>([
  "artifacts",
  "annotations",
  "reviews",
  "revisions",
]);

/** Product of the lengths of two texts that are compared by characters. */
const MAX_CHARACTER_DIFF = 4_000_000;
/** Stands where a container is and a value should be: no reader takes it for one. */
const NO_VALUE = Symbol("container");

/**
 * A Loro document seen as the plan's containers, by known paths: reading and writing raw values.
 * Nothing is read deeply, since a value nested 20,000 deep, which a peer can send in 0.6 kB,
 * breaks the WebAssembly instance.
 */
export class Containers {
  readonly text: LoroText;
  readonly #steps: LoroMovableList;
  readonly #maps = new Map<string, LoroMap>();

  constructor(doc: LoroDoc) {
    this.text = doc.getText("content");
    this.#steps = doc.getMovableList("steps");
    for (const root of [...COLLECTIONS, ...ROOTS]) this.#maps.set(root, doc.getMap(root));
  }

  /** The raw entity `key` of a collection. */
  record(collection: Collection, key: string): Raw | undefined {
    return guarded(`Reading ${collection}`, () => {
      const entity = this.#map(collection).get(key);
      return entity instanceof LoroMap ? valuesOf(entity) : undefined;
    });
  }

  /** The ids of a collection, oldest first (they are ULIDs). */
  ids(collection: Collection): string[] {
    return guarded(`Reading ${collection}`, () => sorted(this.#map(collection).keys()));
  }

  /** Sets `fields` of an entity, which begins to exist with its first field. */
  write(collection: Collection, key: string, fields: Raw): void {
    guarded(`Writing ${collection}`, () => {
      const entity = this.#map(collection).ensureMergeableMap(key);
      setAll(entity, fields);
    });
  }

  /** A plain value of a root map; undefined where there is none. */
  value(root: Root, key: string): unknown {
    return guarded(`Reading ${root}`, () => {
      const found = this.#map(root).get(key);
      return found === null || isContainer(found) ? undefined : found;
    });
  }

  /** All values of a root map. */
  values(root: Root): Raw {
    return guarded(`Reading ${root}`, () => valuesOf(this.#map(root)));
  }

  /** Sets a plain value of a root map. */
  put(root: Root, key: string, value: unknown): void {
    guarded(`Writing ${root}`, () => this.#map(root).set(key, value));
  }

  /** The plan's markdown. */
  content(): string {
    return guarded("Reading the content", () => this.text.toString());
  }

  /**
   * Turns the content into `text` by a small change, so that cursors keep their place. Beginning
   * and end that stay are left alone. Between them the smallest change by characters is made where
   * it is found in time, else the smallest by lines.
   */
  setContent(text: string): void {
    const before = this.content();
    const start = commonStart(before, text);
    const end = commonEnd(before.slice(start), text.slice(start));
    const old = before.slice(start, before.length - end);
    const fresh = text.slice(start, text.length - end);
    guarded("Writing the content", () => {
      if (!old || !fresh) {
        const size = old.length + fresh.length;
        const at = toLineStart(old ? before : text, start, size);
        this.text.splice(at, old.length, text.slice(at, at + fresh.length));
      } else if (length(old) * length(fresh) <= MAX_CHARACTER_DIFF) {
        try {
          this.text.update(text, { timeoutMs: 100 });
        } catch (error) {
          this.#updateByLine(error, text, start, old.length, fresh);
        }
      } else {
        this.#updateByLine(undefined, text, start, old.length, fresh);
      }
    });
  }

  #updateByLine(late: unknown, text: string, start: number, gone: number, fresh: string): void {
    if (isPanic(late)) throw late;
    try {
      this.text.updateByLine(text, { timeoutMs: 500 });
    } catch (error) {
      if (isPanic(error)) throw error;
      this.text.splice(start, gone, fresh);
    }
  }

  /** The raw steps in their order; empty where something else than a map is. */
  steps(): Raw[] {
    return guarded("Reading the steps", () =>
      this.#steps.toArray().map((one) => (one instanceof LoroMap ? valuesOf(one) : {})),
    );
  }

  /** Adds a step before the one at `index`. */
  insertStep(index: number, fields: Raw): void {
    guarded("Writing the steps", () => {
      setAll(this.#steps.insertContainer(index, new LoroMap()), fields);
    });
  }

  /** Sets `fields` of the step at `index`. */
  updateStep(index: number, fields: Raw): void {
    guarded("Writing the steps", () => {
      const step = this.#steps.get(index);
      if (step instanceof LoroMap) setAll(step, fields);
    });
  }

  /** Moves a step; `to` is its index afterwards. */
  moveStep(index: number, to: number): void {
    guarded("Writing the steps", () => this.#steps.move(index, to));
  }

  /** Removes the step at `index`. */
  removeStep(index: number): void {
    guarded("Writing the steps", () => this.#steps.delete(index, 1));
  }

  #map(root: string): LoroMap {
    return this.#maps.get(root)!;
  }
}

function setAll(map: LoroMap, fields: Raw): void {
  for (const [name, value] of Object.entries(fields)) map.set(name, value);
}

/** From entries, since Loro's own conversion takes a key `__proto__` for a prototype. */
function valuesOf(map: LoroMap): Raw {
  const entries = map.entries().map(([key, one]) => [key, isContainer(one) ? NO_VALUE : one]);
  return Object.fromEntries(entries);
}

/**
 * Where a run of `size` units that came or went at `start` may as well have begun: at the start of a
 * line, if the text is the same for it.
 */
function toLineStart(text: string, start: number, size: number): number {
  let at = start;
  while (at > 0 && text[at - 1] !== "\n" && text[at - 1] === text[at + size - 1]) at--;
  return at === 0 || text[at - 1] === "\n" ? at : start;
}
