import { EphemeralStore } from "../document/loro";
import { PeerPlanError } from "../model/errors";
import { utf8 } from "./keys";
import type { Limits } from "./limits";
import type { DocumentPort } from "./ports";
import { applyTo, KEPT, type Presence, speaker } from "./presence";
import { seal, unseal } from "./sealing";

/** Bytes that sealing and the store add to what a peer says. */
const OVERHEAD = 64;
const NOTHING = new Uint8Array();

/**
 * Presence as a session sees it that passes a server without the key: under each peer's key stands
 * what it said, sealed, with the room and the key as additional data. The server learns who says
 * something and when. With `everybody`, who joins is told what others said as well.
 */
export class EncryptedPresence implements DocumentPort {
  readonly #presence: Presence;
  readonly #key: Uint8Array;
  readonly #room: string;
  readonly #limits: Limits;
  readonly #everybody: boolean;

  constructor(
    presence: Presence,
    key: Uint8Array,
    room: string,
    limits: Limits,
    everybody = false,
  ) {
    this.#presence = presence;
    this.#key = key;
    this.#room = room;
    this.#limits = limits;
    this.#everybody = everybody;
  }

  /** Presence has no versions. */
  version(): Uint8Array {
    return NOTHING;
  }

  /** What this peer says itself, where the server has what others said. */
  updatesSince(): Uint8Array {
    if (!this.#everybody) return this.outgoing(this.#presence.encodeOwn());
    return this.#sealed(
      Object.keys(this.#presence.states()).map((peer) => this.#presence.encode(peer)),
    );
  }

  /** What one peer said, sealed. */
  outgoing(said: Uint8Array): Uint8Array {
    return this.#sealed([said]);
  }

  /** Hears what others said; what cannot be opened, or is about another, is left alone. */
  async importUpdates(blob: Uint8Array): Promise<Uint8Array> {
    const most = this.#limits.presence + this.#limits.presencePeers * OVERHEAD;
    if (blob.length > most) {
      const sizes = `${blob.length} bytes came; ${most} are allowed.`;
      throw new PeerPlanError("too_large", `Presence of ${sizes}`);
    }
    const heard = this.opened(blob).filter((said) => this.#presence.hear(said, null));
    return heard.length > 0 ? blob : NOTHING;
  }

  /** What each peer said, of those that can be opened. */
  opened(blob: Uint8Array): Uint8Array[] {
    const came = inStore((store) => {
      applyTo(store, blob);
      return store.getAllStates();
    });
    return Object.entries(came).flatMap(([peer, sealed]) => {
      const said = sealed instanceof Uint8Array ? this.#unsealed(peer, sealed) : NOTHING;
      return speaker(said) === peer ? [said] : [];
    });
  }

  #unsealed(peer: string, sealed: Uint8Array): Uint8Array {
    try {
      return unseal(this.#key, sealed, this.#about(peer));
    } catch {
      // Sealed with another key, which is no fault of who passed it on.
      return NOTHING;
    }
  }

  #sealed(said: Uint8Array[]): Uint8Array {
    return inStore((store) => {
      for (const one of said) {
        const peer = speaker(one);
        if (peer !== null) store.set(peer, seal(this.#key, one, this.#about(peer)));
      }
      return store.keys().length > 0 ? store.encodeAll() : NOTHING;
    });
  }

  #about(peer: string): Uint8Array {
    return utf8(`${this.#room}|${peer}`);
  }
}

function inStore<T>(use: (store: EphemeralStore) => T): T {
  const store = new EphemeralStore(KEPT);
  try {
    return use(store);
  } finally {
    store.destroy();
  }
}
