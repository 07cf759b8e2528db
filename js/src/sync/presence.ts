import { EphemeralStore } from "loro-crdt";
import { PeerPlanError } from "../model/errors";
import { type Clock, LIMITS, type Limits, monotonic } from "./limits";
import { BreachError } from "./ports";

/** Seconds between two writes of a key. The store decides by wall-clock milliseconds, and of two
 * writes in one millisecond other peers keep the first. */
export const THROTTLE = 0.005;

const NOTHING = new Uint8Array();

export interface PresenceOptions {
  /** Seconds after which a peer that says nothing is forgotten. */
  lifetime?: number;
  limits?: Limits;
  clock?: Clock;
}

/**
 * What the peers of a room say about themselves, each under its own key, for a while. Values are
 * JSON. A host calls `tick` a few times a second.
 */
export class Presence {
  /** The key of this peer. */
  readonly key: string;
  /** Told after anything of what is known has changed. */
  changed: () => void = () => {};
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #store: EphemeralStore;
  readonly #written = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #own: unknown;

  constructor(key: string, options: PresenceOptions = {}) {
    this.key = key;
    this.#limits = options.limits ?? LIMITS;
    this.#clock = options.clock ?? monotonic;
    this.#lifetime = options.lifetime ?? 30;
    this.#store = this.#newStore();
    this.#store.subscribe(() => queueMicrotask(() => this.changed()));
  }

  /**
   * Says `value` for this peer and keeps saying it; what others need to hear. Empty when nothing
   * changed, and when the last word was a moment ago: then `tick` gives it. `too_large` beyond the
   * limit.
   */
  say(value: unknown): Uint8Array {
    this.#check(value);
    if (this.#own !== undefined && JSON.stringify(this.#own) === JSON.stringify(value)) {
      return NOTHING;
    }
    this.#own = value;
    return this.#write(this.key);
  }

  /** Forgets `peer` now, as when it left; what others need to hear. */
  silence(peer: string): Uint8Array {
    if (peer === this.key) this.#own = undefined;
    return this.#store.get(peer) === undefined ? NOTHING : this.#write(peer);
  }

  /** Says again what would be forgotten and says what had to wait; what others need to hear. */
  tick(): Map<string, Uint8Array> {
    const now = this.#clock();
    for (const [peer, at] of this.#written) {
      if (peer !== this.key && now - at > THROTTLE && !this.#waiting.has(peer)) {
        this.#written.delete(peer);
      }
    }
    const due = new Set(this.#waiting);
    const last = this.#written.get(this.key) ?? now;
    if (this.#own !== undefined && now - last >= this.#lifetime / 3) due.add(this.key);
    const said = [...due].map((peer) => [peer, this.#write(peer)] as const);
    return new Map(said.filter(([, word]) => word.length > 0));
  }

  /** What is known of each peer, this one included. */
  states(): Record<string, unknown> {
    return this.#store.getAllStates();
  }

  /** What this peer says of itself. */
  encodeOwn(): Uint8Array {
    return this.#own === undefined ? NOTHING : this.#store.encode(this.key);
  }

  /** Everything said and not forgotten. */
  encodeAll(): Uint8Array {
    return this.#store.encodeAll();
  }

  /**
   * Hears another peer, which may speak for itself only unless `speaker` is null; true if that
   * changed anything. `too_large`, `protocol`, `forbidden` in a full room, or a `BreachError` for
   * what another peer would have to say; nothing is kept then.
   */
  hear(blob: Uint8Array, speaker: string | null): boolean {
    const { presence } = this.#limits;
    if (blob.length > presence) {
      throw tooLarge(`Presence of ${blob.length} bytes came; ${presence} are allowed.`);
    }
    const before = JSON.stringify(this.states());
    this.#try(blob, speaker);
    this.#store.apply(blob);
    const own = JSON.stringify(this.#store.get(this.key));
    if (this.#own !== undefined && own !== JSON.stringify(this.#own)) this.#waiting.add(this.key);
    return JSON.stringify(this.states()) !== before;
  }

  /** Ends the store's timer. */
  close(): void {
    this.#store.destroy();
  }

  #write(peer: string): Uint8Array {
    const now = this.#clock();
    const last = this.#written.get(peer);
    if (last !== undefined && now - last < THROTTLE) {
      this.#waiting.add(peer);
      return NOTHING;
    }
    this.#waiting.delete(peer);
    this.#written.set(peer, now);
    if (peer === this.key && this.#own !== undefined) this.#store.set(peer, this.#own as never);
    else this.#store.delete(peer);
    return this.#store.encode(peer);
  }

  #check(value: unknown): void {
    const { presenceValue } = this.#limits;
    if (!isJson(value)) throw new PeerPlanError("protocol", "Presence has to be JSON.");
    const size = new TextEncoder().encode(JSON.stringify(value)).length;
    if (size > presenceValue) {
      throw tooLarge(`Presence of ${size} bytes; ${presenceValue} are allowed.`);
    }
  }

  /** Hears it in another store first: what a store took cannot be untaken. */
  #try(blob: Uint8Array, speaker: string | null): void {
    const trial = this.#newStore();
    try {
      trial.apply(this.encodeAll());
      const touched = new Set<string>();
      trial.subscribe(({ added, updated, removed }) => {
        for (const key of [...added, ...updated, ...removed]) touched.add(key);
      });
      applyTo(trial, blob);
      if (speaker !== null && [...touched].some((key) => key !== speaker)) {
        throw new BreachError("The peer spoke for another.");
      }
      const states = Object.entries(trial.getAllStates());
      for (const [, value] of states) this.#check(value);
      const { presencePeers, presence } = this.#limits;
      if (states.length > presencePeers || trial.encodeAll().length > presence) {
        throw new PeerPlanError("forbidden", "No more peers can show themselves in this room.");
      }
    } finally {
      trial.destroy();
    }
  }

  #newStore(): EphemeralStore {
    return new EphemeralStore(this.#lifetime * 1000);
  }
}

function applyTo(store: EphemeralStore, blob: Uint8Array): void {
  try {
    store.apply(blob);
  } catch (cause) {
    throw new PeerPlanError("protocol", "The bytes are not presence.", { cause });
  }
}

function isJson(value: unknown): boolean {
  if (value === null || ["string", "boolean"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  const plain = typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain && Object.values(value as object).every(isJson);
}

function tooLarge(message: string): PeerPlanError {
  return new PeerPlanError("too_large", message);
}
