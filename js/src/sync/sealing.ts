import { gcm } from "@noble/ciphers/aes.js";
import { PeerPlanError } from "../model/errors";
import { type Bytes, joined, random } from "./keys";

const IV_SIZE = 12;
const TAG_SIZE = 16;
const COUNTER_SIZE = 8;

/** IV, ciphertext and tag; only with the same additional data can it be opened. */
export function seal(key: Uint8Array, data: Uint8Array, aad: Uint8Array): Bytes {
  const iv = random(IV_SIZE);
  return joined(iv, gcm(key, iv, aad).encrypt(data));
}

/** What was sealed; `protocol` if the key, the additional data or a bit is wrong. */
export function unseal(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Bytes {
  return opened(key, sealed.subarray(0, IV_SIZE), sealed.subarray(IV_SIZE), aad);
}

/** What AES-256-GCM sealed under this IV; `protocol` if anything is wrong. */
export function opened(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  aad?: Uint8Array,
): Bytes {
  if (iv.length !== IV_SIZE || ciphertext.length < TAG_SIZE)
    throw wrong(`${ciphertext.length} bytes are too few for something sealed.`);
  try {
    return new Uint8Array(gcm(key, iv, aad).decrypt(ciphertext));
  } catch {
    throw wrong("Something sealed cannot be opened: it was made with another key, or changed.");
  }
}

/**
 * One direction of a relayed link: what was sealed is opened in the same order, once.
 *
 * A frame is `counter (8 bytes, big endian, from 0) || AES-256-GCM`, its IV four zero bytes and
 * the counter. A key serves one direction of one link and is never used again.
 */
export class Direction {
  readonly #key: Uint8Array;
  #next = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(data: Uint8Array): Bytes {
    const iv = this.#iv();
    this.#next += 1n;
    return joined(iv.subarray(-COUNTER_SIZE), gcm(this.#key, iv).encrypt(data));
  }

  /** What is in the frame whose turn it is; `protocol` for any other ends the link. */
  unseal(frame: Uint8Array): Bytes {
    const iv = this.#iv();
    const counter = iv.subarray(-COUNTER_SIZE);
    if (frame.length < COUNTER_SIZE || counter.some((byte, index) => byte !== frame[index]))
      throw wrong("A relayed frame was lost, came twice or came out of order.");
    const data = opened(this.#key, iv, frame.subarray(COUNTER_SIZE));
    this.#next += 1n;
    return data;
  }

  #iv(): Bytes {
    const iv = new Uint8Array(IV_SIZE);
    new DataView(iv.buffer).setBigUint64(IV_SIZE - COUNTER_SIZE, this.#next);
    return iv;
  }
}

function wrong(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
