import { EphemeralStore } from "../document/loro";
import { PeerPlanError } from "../model/errors";
import { type Clock, LIMITS, type Limits, monotonic } from "./limits";
import { BreachError } from "./ports";

/** Seconds between two writes of a key. The store decides by wall-clock milliseconds, and of two
 * writes in one millisecond other peers keep the first. */
export const THROTTLE = 0.005;

/** Milliseconds that a store keeps an entry, counted from its author's clock to this one's: clocks
 * may be apart by less. A longer time is none for the timers of browsers. */
export const KEPT = 20 * 24 * 3600 * 1000;

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
  #store: EphemeralStore;
  /** When each of the others last said something new, by this peer's clock. */
  readonly #heard = new Map<string, number>();
  /** When a word of each of the others was last to be passed on. */
  readonly #passed = new Map<string, number>();
  /** What was known of those who left: it is not shown until they say something again. */
  readonly #gone = new Set<string>();
  #own: unknown;
  #written = Number.NEGATIVE_INFINITY;
  #waits = false;

  constructor(key: string, options: PresenceOptions = {}) {
    this.key = key;
    this.#limits = options.limits ?? LIMITS;
    this.#clock = options.clock ?? monotonic;
    this.#lifetime = options.lifetime ?? 30;
    this.#store = this.#newStore();
    this.#listen();
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
    return this.again();
  }

  /** Says it anew, for somebody who may have heard that this peer left. */
  again(): Uint8Array {
    return this.#own === undefined ? NOTHING : this.#write();
  }

  /** Says nothing any more, as when this peer leaves; what others need to hear. */
  silence(): Uint8Array {
    if (this.#own === undefined) return NOTHING;
    this.#own = undefined;
    return this.#write();
  }

  /**
   * Says again what would be forgotten, and what had to wait; what others need to hear. Forgets who
   * said nothing for too long.
   */
  tick(): Uint8Array {
    this.#forget();
    const stale = this.#clock() - this.#written >= this.#lifetime / 3;
    if (this.#waits) return this.#write();
    return stale ? this.again() : NOTHING;
  }

  /**
   * A peer left. It is not deleted from the store: that would be a word of its own, which by a
   * clock that runs ahead of the peer's would outlast what the peer says when it comes again.
   */
  left(peer: string): void {
    if (peer === this.key || this.#store.get(peer) === undefined) return;
    this.#gone.add(peer);
    queueMicrotask(() => this.changed());
  }

  /** What is known of each peer, this one included. */
  states(): Record<string, unknown> {
    const states: Record<string, unknown> = this.#store.getAllStates();
    return Object.fromEntries(Object.entries(states).filter(([peer]) => this.#isHere(peer)));
  }

  /** What this peer says of itself. */
  encodeOwn(): Uint8Array {
    return this.#own === undefined ? NOTHING : this.encode(this.key);
  }

  /** What one peer says, or that it says nothing. */
  encode(peer: string): Uint8Array {
    return this.#store.encode(peer);
  }

  /** What everybody here says. */
  encodeAll(): Uint8Array {
    const known: Record<string, unknown> = this.#store.getAllStates();
    if (Object.keys(known).every((peer) => this.#isHere(peer))) return this.#store.encodeAll();
    const here = this.#storeOf(Object.keys(this.states()));
    try {
      return here.encodeAll();
    } finally {
      here.destroy();
    }
  }

  /**
   * Hears another peer, which may speak for itself only unless `speaker` is null. True if others
   * have to hear it too: it changed something, or says again, after a while, what they would forget.
   * `too_large`, `protocol`, `forbidden` in a full room, or a `BreachError` for what another peer
   * would have to say; nothing is kept then.
   */
  hear(blob: Uint8Array, speaker: string | null): boolean {
    const { presence } = this.#limits;
    if (blob.length > presence) {
      throw tooLarge(`Presence of ${blob.length} bytes came; ${presence} are allowed.`);
    }
    const before = JSON.stringify(this.states());
    this.#try(blob, speaker);
    const news = this.#apply(blob);
    const own = JSON.stringify(this.#store.get(this.key));
    if (this.#own !== undefined && own !== JSON.stringify(this.#own)) this.#waits = true;
    const due = news.some((peer) => this.#isDue(peer));
    if (!due && JSON.stringify(this.states()) === before) return false;
    for (const peer of news) this.#passed.set(peer, this.#clock());
    return true;
  }

  /** Ends the store's timer. */
  close(): void {
    this.#store.destroy();
  }

  #write(): Uint8Array {
    const now = this.#clock();
    this.#waits = now - this.#written < THROTTLE;
    if (this.#waits) return NOTHING;
    this.#written = now;
    if (this.#own === undefined) this.#store.delete(this.key);
    else this.#store.set(this.key, this.#own as never);
    return this.#store.encode(this.key);
  }

  /**
   * Those who said something new, which are here; what they said before may come again from others.
   */
  #apply(blob: Uint8Array): string[] {
    const news = this.#heardIn(this.#store, blob);
    for (const peer of news) this.#hears(peer);
    return news;
  }

  /** Lets a store hear `blob`; of whom that was news to it. */
  #heardIn(store: EphemeralStore, blob: Uint8Array): string[] {
    const said = this.#newStore();
    try {
      applyTo(said, blob);
      const peers = Object.keys(said.getAllStates());
      const before = peers.map((peer) => String(store.encode(peer)));
      store.apply(blob);
      return peers.filter((peer, index) => String(store.encode(peer)) !== before[index]);
    } finally {
      said.destroy();
    }
  }

  /** Whether the same again is to be passed on. */
  #isDue(peer: string): boolean {
    const passed = this.#passed.get(peer) ?? Number.NEGATIVE_INFINITY;
    return peer !== this.key && this.#clock() - passed >= this.#lifetime / 6;
  }

  #hears(peer: string): void {
    if (peer !== this.key) this.#heard.set(peer, this.#clock());
    if (this.#gone.delete(peer)) queueMicrotask(() => this.changed());
  }

  #isHere(peer: string): boolean {
    const heard = peer === this.key ? this.#clock() : (this.#heard.get(peer) ?? -Infinity);
    return !this.#gone.has(peer) && this.#clock() - heard < this.#lifetime;
  }

  #forget(): void {
    const old = this.#clock() - this.#lifetime;
    const silent = [...this.#heard].filter(([, at]) => at <= old).map(([peer]) => peer);
    if (silent.length === 0) return;
    for (const peer of silent) {
      this.#heard.delete(peer);
      this.#passed.delete(peer);
      this.#gone.delete(peer);
    }
    const before = this.#store;
    this.#store = this.#storeOf([this.key, ...this.#heard.keys()]);
    before.destroy();
    this.#listen();
    queueMicrotask(() => this.changed());
  }

  #listen(): void {
    this.#store.subscribe(() => queueMicrotask(() => this.changed()));
  }

  /** A store with what is known of these peers. */
  #storeOf(peers: readonly string[]): EphemeralStore {
    const made = this.#newStore();
    for (const peer of peers)
      if (this.#store.get(peer) !== undefined) made.apply(this.#store.encode(peer));
    return made;
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
      trial.apply(this.#store.encodeAll());
      const before: Record<string, unknown> = trial.getAllStates();
      const news = this.#heardIn(trial, blob);
      const after: Record<string, unknown> = trial.getAllStates();
      const states = Object.entries(after);
      const ended = Object.keys(before).filter((peer) => !(peer in after));
      if (speaker !== null && [...news, ...ended].some((peer) => peer !== speaker)) {
        throw new BreachError("The peer spoke for another.");
      }
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
    return new EphemeralStore(KEPT);
  }
}

/**
 * The one peer that `said` is about; null when it is about several, or is not understood. The form
 * is the EphemeralStore's: a count, then each key behind its length, as in postcard.
 */
export function speaker(said: Uint8Array): string | null {
  const [count, length] = said;
  if (count !== 1 || length === undefined || length >= 0x80) return null;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(said.subarray(2, 2 + length));
}

/** Lets a store hear `blob`; a `protocol` error for what is not presence. */
export function applyTo(store: EphemeralStore, blob: Uint8Array): void {
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
