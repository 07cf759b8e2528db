/** Seconds that only rise. */
export type Clock = () => number;

export const monotonic: Clock = () => performance.now() / 1000;

/** What one peer may ask of another: sizes in bytes, times in seconds. */
export interface Limits {
  /** Updates above this are sent in fragments of this size. */
  fragment: number;
  /** One update, after its fragments were put together; not below `document`. */
  update: number;
  /** All batches of a session that are not taken in yet, as announced. */
  reassembly: number;
  /** Fragments of one batch. */
  fragments: number;
  /** How long a batch may wait for its next fragment. */
  fragmentTimeout: number;
  /** The document with all its history. */
  document: number;
  /** The presence of all peers together, and so one message of it. */
  presence: number;
  /** What one peer says about itself, as JSON. */
  presenceValue: number;
  /** Peers whose presence is kept. */
  presencePeers: number;
  /** The authentication payload of a join. */
  introduction: number;
  /** Sustained rate of one session; a sender keeps to a quarter of it. */
  messagesPerSecond: number;
  /** Messages that may come at once after a quiet time. */
  burst: number;
  /** Refused updates after which a peer is put out. */
  invalidUpdates: number;
  /** Batches that may wait for their Ack; what comes then is sent together. */
  window: number;
  /** Rooms that one connection may join. */
  rooms: number;
  /** What may wait for a peer that reads slowly. */
  outbox: number;
  /** Silence after which a ping is sent. */
  keepalive: number;
  /** Silence after which a connection counts as dead. */
  silence: number;
}

/** Between the peers of a mesh; `limits.py` has the same, with larger fragments for WebSockets. */
export const LIMITS: Limits = {
  fragment: 15_000,
  update: 64_000_000,
  reassembly: 72_000_000,
  fragments: 8192,
  fragmentTimeout: 10,
  document: 64_000_000,
  presence: 128 * 1024,
  presenceValue: 4096,
  presencePeers: 200,
  introduction: 16 * 1024,
  messagesPerSecond: 1000,
  burst: 10_000,
  invalidUpdates: 3,
  window: 8,
  rooms: 64,
  outbox: 96_000_000,
  keepalive: 5,
  silence: 15,
};

/** Holds up to `burst` tokens and gains `rate` per second. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(rate: number, burst: number, clock: Clock) {
    this.#rate = rate;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#at = clock();
  }

  /** Takes one token; false if there is none. */
  take(): boolean {
    const now = this.#clock();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
