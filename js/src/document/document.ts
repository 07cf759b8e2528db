import { PeerPlanError } from "../model/errors";
import type { ChangeSet } from "../model/view";
import { collect } from "./collecting";
import { guarded, isUpdates, newDocument } from "./guard";
import { handle } from "./handlers/handle";
import { MAX_DOCUMENT, SCHEMA_VERSION } from "./limits";
import { type LoroDoc, VersionVector } from "./loro";
import type { ParsedOperation } from "./operations";
import { PlanView } from "./plan_view";
import { Touched } from "./touched";

/** What an operation did: the bytes for other peers (empty if nothing), and the changes. */
export interface Applied {
  update: Uint8Array;
  change: ChangeSet;
}

/**
 * One plan as a Loro document: operations, imports and typed reading. The same operations make the
 * same plan here and in `peerplan_jupyter.plan.document`, and either takes the other's updates.
 *
 * `loadLoro()` comes first. Everything that fails throws a `PeerPlanError`.
 */
export class PlanDocument extends PlanView {
  /** Whether another page wrote as this one, so that the plan may differ between peers. */
  doubled = false;
  #seq = 0;
  #touched = new Touched();
  #listens = false;

  private constructor(doc: LoroDoc) {
    super(doc);
  }

  /** A document without a plan: `create_plan` or an import makes one. */
  static empty(): PlanDocument {
    return new PlanDocument(newDocument());
  }

  /** A new plan, from a `create_plan`. */
  static create(operation: ParsedOperation): { document: PlanDocument; applied: Applied } {
    const document = PlanDocument.empty();
    return { document, applied: document.apply(operation) };
  }

  /**
   * The plan that these updates make. Throws `document` if Loro refuses them, `unsupported_schema`
   * if a newer peerplan wrote the plan. Meant for bytes of one's own or of the plan branch; what
   * peers send goes through `importUpdates`.
   */
  static load(updates: readonly Uint8Array[]): PlanDocument {
    const doc = newDocument();
    guarded("Loading a plan", () => {
      if (updates.length === 1) doc.import(updates[0]!);
      else doc.importBatch([...updates]);
    });
    const made = new PlanDocument(doc);
    made.#listen();
    made.#checkSchema();
    return made;
  }

  /**
   * Carries out a parsed operation (see `parseOperation`); a second time it changes nothing.
   *
   * Throws before anything is written: `stale` with the current state in `data.current`,
   * `not_found`, `forbidden`, `invalid_input`, `too_large`, `unsupported_schema`.
   */
  apply(operation: ParsedOperation): Applied {
    const update = this.write(operation);
    return { update, change: this.changes() };
  }

  /**
   * As `apply`, but the changes are told by `changes`, or with the next ones: to work them out takes
   * about as long as to write, and other peers need not wait for it.
   */
  write(operation: ParsedOperation): Uint8Array {
    this.#checkSchema();
    this.#listen();
    const before = this.version();
    handle(this, operation);
    guarded("Committing a change", () => this.doc.commit());
    return this.updatesSince(before);
  }

  /** What changed since it was last told. */
  changes(): ChangeSet {
    const touched = this.#touched;
    this.#touched = new Touched();
    return collect(this, touched, ++this.#seq);
  }

  /**
   * Takes in what another peer sent; null when there was nothing new. Throws `document` for
   * anything but Loro's updates mode and for bytes it refuses, `unsupported_schema` for a plan of a
   * newer peerplan.
   */
  importUpdates(blob: Uint8Array): ChangeSet | null {
    this.#listen();
    if (!this.#import(blob)) return null;
    const change = this.changes();
    this.#checkSchema();
    return change;
  }

  /**
   * As `importUpdates`, but of what a plan begins with here only that it came is told: who shows
   * the plan reads it whole then. With thousands of annotations that is several times faster.
   */
  takeIn(blob: Uint8Array): ChangeSet | null {
    // A document that ever had a listener works out events with every import.
    if (this.#listens) return this.importUpdates(blob);
    if (!this.#import(blob)) return null;
    this.#listen();
    this.forgetAll();
    this.#checkSchema();
    return { seq: ++this.#seq };
  }

  /** Updates that a peer at `version` lacks, all without it; empty when it lacks none. */
  updatesSince(version?: Uint8Array): Uint8Array {
    return guarded("Exporting updates", () => {
      this.doc.commit();
      if (version === undefined) return this.doc.export({ mode: "update" });
      const from = VersionVector.decode(version);
      const order = from.compare(this.doc.oplogVersion());
      if (order !== undefined && order >= 0) return new Uint8Array();
      return this.doc.export({ mode: "update", from });
    });
  }

  /** The encoded Loro version vector. */
  version(): Uint8Array {
    return guarded("Reading the version", () => this.doc.oplogVersion().encode());
  }

  /** The `seq` of the last change set; they count from 1. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes note from now on of what changes. */
  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    // Loro holds its callbacks as roots: one that held the document would hold it for ever.
    const known = new WeakRef(this);
    guarded("Listening to a document", () =>
      this.doc.subscribe((event) => {
        const document = known.deref();
        if (document) document.#touched.note(event);
      }),
    );
  }

  /** Whether there was anything new. */
  #import(blob: Uint8Array): boolean {
    if (!isUpdates(blob)) {
      const told = "These bytes are not a Loro update; snapshots are not taken from peers.";
      throw new PeerPlanError("document", told);
    }
    if (blob.length > MAX_DOCUMENT) {
      const told = `An update of ${blob.length} bytes came; at most ${MAX_DOCUMENT} are taken.`;
      throw new PeerPlanError("document", told);
    }
    return guarded("Importing an update", () => {
      const before = this.doc.oplogVersion();
      const me = this.doc.peerIdStr;
      this.doc.import(blob);
      const after = this.doc.oplogVersion();
      if (before.get(me) !== after.get(me)) this.#writeAsOthers();
      return before.compare(after) !== 0;
    });
  }

  /**
   * Writes under a new Loro peer from now on, since a copy of this page, as a machine that was
   * restored twice makes, writes under the same. Loro drops one of two operations with one id and
   * says nothing.
   */
  #writeAsOthers(): void {
    this.doubled = true;
    const other = newDocument();
    this.doc.setPeerId(other.peerIdStr);
    other.free();
  }

  #checkSchema(): void {
    const version = this.raw.value("plan", "schema");
    if (typeof version !== "number" || version <= SCHEMA_VERSION) return;
    throw new PeerPlanError(
      "unsupported_schema",
      `The plan has schema ${version}; this peerplan reads up to ${SCHEMA_VERSION}.`,
      { hint: "Use a newer peerplan." },
    );
  }
}
