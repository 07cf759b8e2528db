import type { PlanDocument } from "../document/document";
import { guarded } from "../document/guard";
import { decodeImportBlobMeta, type PeerID, VersionVector } from "../document/loro";
import { PeerPlanError } from "../model/errors";
import type { ChangeSet } from "../model/view";
import { canDeflate, deflated } from "./deflated";
import { Gate } from "./gate";
import { GateCopy } from "./gate_copy";
import type { Member } from "./handshake";
import { type Hearing, type IntentionEvents, Intentions } from "./intentions";
import { LIMITS } from "./limits";
import { ownParts, type Span } from "./own_parts";
import { NO_VERSION, UnreadyError } from "./ports";
import type { Replica } from "./replica";

const NOTHING = new Uint8Array();

export interface PlanReplicaOptions {
  /** The plan's id, where the document is still empty. */
  plan?: string;
  /** Keeps an update that came; resolves when it is durable, rejects with `storage`. */
  keep: (update: Uint8Array) => Promise<void>;
  /** Loro peers under which this page's person wrote before, on other pages or earlier. */
  ownPeers?: Iterable<string>;
  /** The bytes of an artifact, if they are here. */
  artifact?: (hash: string) => Promise<Blob | null>;
  /** Told what came from others, when it is in the document and perhaps not yet durable; of what a
   * plan begins with only that it came. */
  changed?: (change: ChangeSet) => void;
  /** Shows what members are about to write; without it they are not asked to tell. */
  intentions?: IntentionEvents;
}

/**
 * A plan's document as a replica: what members send goes through the gate of their role, into the
 * document and to where it is kept, in this order. Own operations are applied and kept by the
 * page, which then calls `tell`.
 */
export class PlanReplica implements Replica {
  /** Loro peers of this page's person; more may be added. */
  readonly ownPeers: Set<string>;
  readonly #document: PlanDocument;
  readonly #options: PlanReplicaOptions;
  readonly #copy: GateCopy;
  readonly #intentions: Intentions | null;
  readonly #gates = new WeakMap<Member, Gate>();
  readonly #listeners = new Set<(update: Uint8Array) => void>();
  #unkept: Uint8Array[] = [];
  #keeping: Promise<void> = Promise.resolve();
  #size: number;
  /** All of the document, for who comes while it stays as it is. */
  #whole: { version: string; updates: Uint8Array } | null = null;

  constructor(document: PlanDocument, options: PlanReplicaOptions) {
    this.#document = document;
    this.#options = options;
    this.ownPeers = new Set([...(options.ownPeers ?? []), document.doc.peerIdStr]);
    this.#copy = new GateCopy(() => document.doc);
    this.#intentions = options.intentions ? new Intentions(document, options.intentions) : null;
    this.#size = document.updatesSince().length;
  }

  get plan(): string {
    return this.#options.plan ?? this.#document.id;
  }

  version(): Uint8Array {
    return this.#document.version();
  }

  updatesSince(version: Uint8Array): Uint8Array {
    return version.length > NO_VERSION.length ? this.#document.updatesSince(version) : this.#all();
  }

  prepare(): void {
    const all = this.#all();
    if (all.length > LIMITS.fragment && canDeflate()) void deflated(all);
  }

  ownSince(version: Uint8Array): Uint8Array {
    return guarded("Exporting own updates", () => {
      const spans = this.#ownSpans(decoded(version)).map(({ peer, counter, end }) => {
        return { id: { peer, counter }, len: end - counter };
      });
      const { doc } = this.#document;
      return spans.length > 0 ? doc.export({ mode: "updates-in-range", spans }) : NOTHING;
    });
  }

  ownPartsSince(version: Uint8Array): Uint8Array[] {
    return guarded("Exporting own updates", () => {
      const seen = decoded(version);
      return ownParts(this.#document.doc, this.#ownSpans(seen), seen);
    });
  }

  hearing(member: Member): Hearing | null {
    return this.#intentions?.hearing(member) ?? null;
  }

  /** Resolves when it is known whether an annotation comes that somebody is about to write; null
   * for others. */
  decided(annotationId: string): Promise<void> | null {
    return this.#intentions?.decided(annotationId) ?? null;
  }

  async take(update: Uint8Array, member: Member): Promise<Uint8Array> {
    // To take in what is shown already would hold up the frame that shows it.
    if (this.#intentions?.drawn) await this.#intentions.drawn;
    try {
      return await this.#take(update, member);
    } catch (error) {
      if (!(error instanceof UnreadyError)) this.#intentions?.drop(member);
      throw error;
    }
  }

  async #take(update: Uint8Array, member: Member): Promise<Uint8Array> {
    this.#gate(member).check(update);
    const before = this.version();
    const change = this.#document.takeIn(update);
    this.#checkPlan();
    let fresh: Uint8Array = NOTHING;
    try {
      if (change) this.#options.changed?.(change);
    } finally {
      if (change) fresh = this.#note(before, update);
      this.#intentions?.settle();
    }
    await this.#keep();
    this.#checkWhole(update);
    return fresh;
  }

  revoked(invitation: string): boolean {
    return this.#document.raw.value("revocations", invitation) !== undefined;
  }

  get doubled(): boolean {
    return this.#document.doubled;
  }

  size(): number {
    return this.#size;
  }

  subscribe(listener: (update: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async artifact(hash: string): Promise<Blob | null> {
    const named = [...this.#document.artifacts.values()].some((one) => one.hash === hash);
    return named ? ((await this.#options.artifact?.(hash)) ?? null) : null;
  }

  /** Sends a change to the others that this page's person made, here or on another page. */
  tell(update: Uint8Array): void {
    if (update.length === 0) return;
    this.#size += update.length;
    for (const listener of [...this.#listeners]) listener(update);
  }

  #ownSpans(seen: VersionVector): Span[] {
    const { doc } = this.#document;
    doc.commit();
    const now = doc.oplogVersion();
    return [...this.ownPeers].flatMap((name) => {
      const peer = name as PeerID;
      const [counter, end] = [seen.get(peer) ?? 0, now.get(peer) ?? 0];
      return end > counter ? [{ peer, counter, end }] : [];
    });
  }

  #gate(member: Member): Gate {
    const known = this.#gates.get(member);
    const gate = known ?? new Gate(member.role, member.identity, this.#copy);
    this.#gates.set(member, gate);
    return gate;
  }

  /** The same array while nothing changes: several often come one after the other. */
  #all(): Uint8Array {
    const now = this.version();
    const version = String(now);
    if (now.length <= NO_VERSION.length) return NOTHING;
    if (this.#whole?.version !== version)
      this.#whole = { version, updates: this.#document.updatesSince() };
    return this.#whole.updates;
  }

  /** Takes note that what is new since a version is to be kept, and gives it. */
  #note(before: Uint8Array, update: Uint8Array): Uint8Array {
    const fresh = this.#isAll(before, update) ? update : this.#document.updatesSince(before);
    this.#size += fresh.length;
    this.#unkept.push(fresh);
    return fresh;
  }

  /** Keeps what is not kept yet, also of earlier times when that failed. */
  #keep(): Promise<void> {
    const kept = this.#keeping.then(async () => {
      for (let next = this.#unkept[0]; next; next = this.#unkept[0]) {
        await this.#options.keep(next);
        this.#unkept.shift();
      }
    });
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  #checkPlan(): void {
    const { exists, id } = this.#document;
    if (!exists || id === this.plan) return;
    throw new PeerPlanError("document", `The update is of the plan ${id}, not of ${this.plan}.`);
  }

  /** Whether an update is all that the document has now: to write that out again takes long. */
  #isAll(before: Uint8Array, update: Uint8Array): boolean {
    return before.length <= NO_VERSION.length && this.#order(update) === 0;
  }

  /** How the document stands to what an update brings. */
  #order(update: Uint8Array): number | undefined {
    return guarded("Reading an update", () => {
      const { partialEndVersionVector } = decodeImportBlobMeta(update, false);
      return this.#document.doc.oplogVersion().compare(partialEndVersionVector);
    });
  }

  /** Loro sets aside what depends on changes that are not here; that is not in the document yet. */
  #checkWhole(update: Uint8Array): void {
    const order = this.#order(update);
    if (order === undefined || order < 0) throw new UnreadyError();
  }
}

function decoded(version: Uint8Array): VersionVector {
  return version.length > 0 ? VersionVector.decode(version) : new VersionVector(null);
}
