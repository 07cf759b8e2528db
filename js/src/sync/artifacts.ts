import { sha256 } from "@noble/hashes/sha2.js";
import { PeerPlanError } from "../model/errors";
import type { Bulk } from "./bulk";

/** Bytes of one artifact that are taken where its size is not known. */
const MOST = 100_000_000;
/** Artifacts that are kept in part, to go on with somebody else. */
const KEPT = 4;

export interface FetchOptions {
  /** Bytes that the artifact has as the plan says; others are not taken. */
  size?: number;
  /** Told the bytes that are here, and of how many if that is known. */
  progress?: (received: number, size: number | null) => void;
  signal?: AbortSignal;
}

/**
 * Fetches artifacts from whoever has them. What came of one before it was cut off is kept for a
 * while: the next source goes on from there. Only what has the hash is given out.
 */
export class Artifacts {
  readonly #sources: () => Iterable<Bulk>;
  readonly #parts = new Map<string, Uint8Array[]>();

  /** `sources` names those that may be asked, best first. */
  constructor(sources: () => Iterable<Bulk>) {
    this.#sources = sources;
  }

  /**
   * The bytes of `sha256:…`. Rejects with `not_found` if nobody here has them, `unreachable` if
   * those who had went (a later call goes on from there), `too_large`, and `integrity` if what
   * came is not what the hash names.
   */
  async fetch(hash: string, options: FetchOptions = {}): Promise<Blob> {
    let failure = new PeerPlanError("not_found", "Nobody who is connected has these bytes.");
    for (const source of this.#sources()) {
      try {
        const parts = await this.#from(source, hash, options);
        return new Blob(parts as Uint8Array<ArrayBuffer>[]);
      } catch (error) {
        if (!(error instanceof PeerPlanError)) throw error;
        if (error.code !== "not_found") failure = error;
      }
      options.signal?.throwIfAborted();
    }
    throw failure;
  }

  async #from(source: Bulk, hash: string, options: FetchOptions): Promise<Uint8Array[]> {
    const parts = this.#partsOf(hash);
    const begun = parts.length > 0;
    await this.#receive(source, hash, parts, options);
    this.#parts.delete(hash);
    if (digest(parts) === hash) return parts;
    // The beginning may have come from another peer: what is wrong is known only of a whole.
    if (begun) return this.#from(source, hash, options);
    throw new PeerPlanError(
      "integrity",
      "The bytes that came are not the ones that were published.",
    );
  }

  async #receive(source: Bulk, hash: string, parts: Uint8Array[], options: FetchOptions) {
    const most = options.size ?? MOST;
    let received = parts.reduce((sum, part) => sum + part.length, 0);
    for await (const piece of source.fetch(hash, received)) {
      received += piece.length;
      if (received > most) {
        this.#parts.delete(hash);
        throw new PeerPlanError("too_large", `More than the ${most} bytes came that it may have.`);
      }
      parts.push(piece);
      options.progress?.(received, options.size ?? null);
      options.signal?.throwIfAborted();
    }
  }

  #partsOf(hash: string): Uint8Array[] {
    const parts = this.#parts.get(hash) ?? [];
    this.#parts.delete(hash);
    this.#parts.set(hash, parts);
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size <= KEPT) break;
      this.#parts.delete(oldest);
    }
    return parts;
  }
}

function digest(parts: Uint8Array[]): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  const bytes = Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0"));
  return `sha256:${bytes.join("")}`;
}
