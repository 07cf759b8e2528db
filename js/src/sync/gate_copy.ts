import { guarded, isUpdates, newDocument } from "../document/guard";
import { type LoroDoc, VersionVector } from "../document/loro";
import { PeerPlanError } from "../model/errors";
import { UnreadyError } from "./ports";
import { type Write, writesOf } from "./writes";

/** Bytes of one update by a guest: some 5000 annotations at once. */
const MAX_UPDATE = 2_000_000;
const MAX_WRITES = 100_000;
/** Characters of a key and of a container's name, which an update has once and its JSON often. */
const MAX_NAME = 1000;

/**
 * A copy of a document on which updates of guests are tried, so that what they would write is
 * known before anything is shown or kept. It follows the document by itself, and is made anew
 * after something that the document did not take.
 */
export class GateCopy {
  readonly document: () => LoroDoc | undefined;
  #copy: LoroDoc | null = null;
  #markers: LoroDoc | null = null;

  constructor(document: () => LoroDoc | undefined) {
    this.document = document;
  }

  /**
   * The operations of `update` that the document does not have yet. Throws an `UnreadyError` if
   * something is missing that it depends on, and `protocol`, `too_large` or `document` errors.
   */
  writes(update: Uint8Array): Write[] {
    if (!isUpdates(update))
      throw new PeerPlanError("protocol", "The bytes are not a Loro update; no others are taken.");
    if (update.length > MAX_UPDATE)
      throw new PeerPlanError(
        "too_large",
        `An update of ${update.length} bytes; ${MAX_UPDATE} are allowed.`,
      );
    try {
      return guarded("Trying an update", () => tried(this.#follow(), update));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** A document in which markers of entities are made, as Loro makes them. */
  get markers(): LoroDoc {
    this.#markers ??= newDocument();
    return this.#markers;
  }

  close(): void {
    const [copy, markers] = [this.#copy, this.#markers];
    this.#copy = this.#markers = null;
    try {
      markers?.free();
      copy?.free();
    } catch {
      // Loro cannot free a document in which an export failed; what it holds is lost to the page.
    }
  }

  /** The copy, brought to where the document is; a new one if it has what the document has not. */
  #follow(): LoroDoc {
    const document = this.document();
    const now = document?.oplogVersion() ?? new VersionVector(null);
    const order = this.#copy?.oplogVersion().compare(now);
    if (this.#copy === null || order === undefined || order > 0) {
      this.close();
      this.#copy = newDocument();
      // Detached, Loro notes operations and works out no state, which nobody reads here.
      this.#copy.detach();
    }
    const copy = this.#copy as LoroDoc;
    if (document && order !== 0)
      copy.import(document.export({ mode: "update", from: copy.oplogVersion() }));
    return copy;
  }
}

function tried(copy: LoroDoc, update: Uint8Array): Write[] {
  const { success, pending } = copy.import(update);
  if (pending !== null) throw new UnreadyError();
  const made: Write[] = [];
  for (const [peer, { start, end }] of success)
    for (const write of writesOf(copy, peer, start, end)) {
      const long = Math.max(write.key.length, write.container.length) > MAX_NAME;
      if (made.push(write) > MAX_WRITES || long)
        throw new PeerPlanError("too_large", "An update writes too much, or under too long names.");
    }
  return made;
}
