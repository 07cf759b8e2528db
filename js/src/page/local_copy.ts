import { PlanDocument } from "../document/document";
import { guarded, isUpdates } from "../document/guard";
import { decodeImportBlobMeta, VersionVector } from "../document/loro";
import type { ParsedOperation } from "../document/operations";
import { PeerPlanError } from "../model/errors";
import type { ChangeSet, SentOperation } from "../model/view";
import type { Keep, Kept } from "./keep";

/** How what is published stands to what this browser has. */
export type Adoption =
  /** The same history, and nothing is lost. */
  | "merged"
  /** The same plan, but changes that were published before are gone from the branch. */
  | "rewritten"
  /** Another history under the same id: nothing was taken in. */
  | "replaced";

export interface Listeners {
  /** Changes of the document, in their order. */
  changed(change: ChangeSet): void;
  /** An update that this page's person made under one of these Loro peers, here or elsewhere. */
  wrote(update: Uint8Array, peers: readonly string[]): void;
  /** Keeping failed, or works again (null). */
  trouble(error: PeerPlanError | null): void;
}

interface Unkept {
  update: Uint8Array;
  operation: SentOperation | null;
  done: () => void;
}

/** Milliseconds after which it is tried again to keep what could not be kept. */
const PAUSE = 20_000;

/** This browser's copy of a plan: its document, and every change of it in the database. */
export class LocalCopy {
  document: PlanDocument;
  readonly #keep: Keep | null;
  readonly #listeners: Listeners;
  #base: Uint8Array | undefined;
  /** The Loro peer that is known to be this browser's. */
  #noted = "";
  /** Own changes that are being kept at this moment. */
  #storing = 0;
  #unkept: Unkept[] = [];
  #again: ReturnType<typeof setTimeout> | undefined;

  /**
   * `keep` is null where the browser keeps nothing. Throws `document` if what was kept cannot be
   * read.
   */
  constructor(keep: Keep | null, kept: Kept | null, listeners: Listeners) {
    const updates = kept?.updates ?? [];
    this.document = updates.length > 0 ? PlanDocument.load(updates) : PlanDocument.empty();
    this.#keep = keep;
    this.#base = kept?.row.base;
    this.#listeners = listeners;
    keep?.listen(() => void this.#hear(keep));
  }

  /** Own changes that neither the owner nor the branch has. */
  get unsent(): number {
    const unkept = this.#unkept.filter((one) => one.operation).length;
    return (this.#keep?.unsent ?? 0) + unkept + this.#storing;
  }

  /** What is new by those that are kept, under the keys that the interface knows it by. */
  get news(): string[] {
    return this.#keep?.news ?? [];
  }

  /** The version that was last read from the plan branch; empty if none was. */
  get base(): Uint8Array {
    return this.#base ?? new Uint8Array();
  }

  /**
   * Carries out an operation; throws before anything is written. Resolves when it is durable, which
   * it may never be; `changed` is told at once.
   */
  apply(parsed: ParsedOperation, operation: SentOperation): Promise<void> {
    const update = this.document.write(parsed);
    let kept = Promise.resolve();
    try {
      // To draw and to keep it takes longer than the way to the others.
      if (update.length > 0) this.#listeners.wrote(update, [this.document.doc.peerIdStr]);
    } finally {
      this.#listeners.changed(this.document.changes());
      if (update.length > 0) kept = this.#store(update, operation);
    }
    return kept;
  }

  /**
   * Keeps an update of a peer that the document took in, which it changed so; resolves when it is
   * durable, or cannot be: then its author still has it.
   */
  keep(update: Uint8Array): Promise<void> {
    return this.#store(update, null);
  }

  /** Merges the document of the plan branch. */
  adopt(published: Uint8Array): Adoption {
    const version = versionOf(published);
    if (this.document.exists && !related(version, this.document)) return "replaced";
    const before = this.document.version();
    const change = this.document.takeIn(published);
    if (change) {
      this.#listeners.changed(change);
      void this.#store(this.document.updatesSince(before), null);
    }
    const lost = this.#base !== undefined && !includes(version, this.#base);
    this.#base = version.encode();
    const base = this.#base;
    void this.#note((row) => ({ ...row, base }));
    return lost ? "rewritten" : "merged";
  }

  /** Takes note that all own changes are with the owner, or on the branch. */
  async delivered(): Promise<void> {
    for (const { done } of this.#unkept.splice(0)) done();
    await this.#keep?.sent();
  }

  /** Begins anew: nothing of the plan is kept in this browser any more. */
  async forget(): Promise<void> {
    await this.#keep?.forget();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#keep?.close();
  }

  /** Resolves once the update is durable, or delivered; others' updates also when they cannot be. */
  #store(update: Uint8Array, operation: SentOperation | null): Promise<void> {
    return new Promise((done) => {
      const wait = () => {
        this.#unkept.push({ update, operation, done });
        if (!operation) done();
      };
      if (!this.#keep) wait();
      else
        this.#append(this.#keep, update, operation).then(done, (error: PeerPlanError) => {
          wait();
          this.#listeners.trouble(error);
          clearTimeout(this.#again);
          this.#again = setTimeout(() => this.#keepAgain(), PAUSE);
        });
    });
  }

  async #append(keep: Keep, update: Uint8Array, operation: SentOperation | null): Promise<void> {
    if (operation) this.#storing += 1;
    try {
      await this.#notePeer(operation);
      await keep.append(update, operation);
    } finally {
      if (operation) this.#storing -= 1;
    }
    if (this.#unkept.length === 0) this.#listeners.trouble(null);
    else this.#keepAgain();
  }

  /** Tries again to keep what could not be kept. */
  #keepAgain(): void {
    clearTimeout(this.#again);
    for (const { update, operation, done } of this.#unkept.splice(0)) {
      void this.#store(update, operation).then(done);
    }
  }

  /** Who wrote is known before what was written. */
  async #notePeer(operation: SentOperation | null): Promise<void> {
    const peer = this.document.doc.peerIdStr;
    if (!operation || this.#noted === peer) return;
    await this.#keep?.note((row) => ({ ...row, peers: [...row.peers, peer] }));
    this.#noted = peer;
  }

  #note(change: Parameters<Keep["note"]>[0]): Promise<void> {
    const noted = this.#keep?.note(change) ?? Promise.resolve();
    return noted.catch((error: PeerPlanError) => this.#listeners.trouble(error));
  }

  /** Another page of this browser kept something. */
  async #hear(keep: Keep): Promise<void> {
    const [updates, peers] = await Promise.all([keep.fresh(), keep.peers()]);
    for (const update of updates) {
      const change = this.document.takeIn(update);
      if (!change) continue;
      this.#listeners.changed(change);
      this.#listeners.wrote(update, peers);
    }
  }
}

/** The version of updates from the plan branch; throws `document` for anything else. */
function versionOf(updates: Uint8Array): VersionVector {
  if (!isUpdates(updates)) {
    const told = "The published document is not in a form that pages take.";
    throw new PeerPlanError("document", told, {
      hint: "Ask whoever shared it to publish it again.",
    });
  }
  return guarded(
    "Reading the published document",
    () => decodeImportBlobMeta(updates, true).partialEndVersionVector,
  );
}

/** Whether two versions have any writer in common. */
function related(version: VersionVector, document: PlanDocument): boolean {
  const ours = document.doc.oplogVersion().toJSON();
  return [...version.toJSON().keys()].some((peer) => ours.has(peer));
}

function includes(version: VersionVector, base: Uint8Array): boolean {
  const order = version.compare(VersionVector.decode(base));
  return order !== undefined && order >= 0;
}
