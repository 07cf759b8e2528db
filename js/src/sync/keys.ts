import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf as hkdfOf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base58, base64urlnopad } from "@scure/base";
import { PeerPlanError } from "../model/errors";

// crypto.subtle is only there in secure contexts, and a plan may be served over http in a LAN.

export type Purpose = "signal" | "hello" | "document" | "presence";
export type Bytes = Uint8Array<ArrayBuffer>;

/** An Ed25519 key pair, of a person or of an invitation. */
export interface KeyPair {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  readonly did: string;
}

export const KEY_SIZE = 32;
export const SALT_SIZE = 16;
const SIGNATURE_SIZE = 64;
const ED25519_MULTICODEC = [0xed, 0x01] as const;
const DID = "did:key:z";
/** Every Ed25519 `did:key` has it: its two first bytes are never zero. */
const DID_LENGTH = DID.length + 47;

/** base64url without padding. */
export function b64u(data: Uint8Array): string {
  return base64urlnopad.encode(data);
}

/** The `size` bytes that `text` is the one base64url form of; `invalid_input` otherwise. */
export function unb64u(text: string, size: number): Bytes {
  try {
    const data = base64urlnopad.decode(text);
    if (data.length === size) return new Uint8Array(data);
  } catch {
    // It is refused below, with the words for a person.
  }
  const shown = JSON.stringify(text.slice(0, 24));
  throw new PeerPlanError("invalid_input", `${shown} is not the base64url form of ${size} bytes.`);
}

export function didKey(publicKey: Uint8Array): string {
  return DID + base58.encode(new Uint8Array([...ED25519_MULTICODEC, ...publicKey]));
}

/** The Ed25519 public key in a `did:key`; `invalid_input` for anything else. */
export function publicKey(did: string): Bytes {
  try {
    const known = did.startsWith(DID) && did.length === DID_LENGTH;
    const data = known ? base58.decode(did.slice(DID.length)) : new Uint8Array();
    const [first, second] = ED25519_MULTICODEC;
    if (data[0] === first && data[1] === second && data.length === 2 + KEY_SIZE)
      return new Uint8Array(data.subarray(2));
  } catch {
    // As above.
  }
  const shown = JSON.stringify(did.slice(0, 80));
  throw new PeerPlanError("invalid_input", `${shown} is not the did:key of an Ed25519 key.`);
}

export function keyPair(seed: Uint8Array): KeyPair {
  return { seed, did: didKey(ed25519.getPublicKey(seed)) };
}

export function newKeyPair(): KeyPair {
  return keyPair(random(KEY_SIZE));
}

/** The signature in base64url. */
export function sign(key: KeyPair, data: Uint8Array): string {
  return b64u(ed25519.sign(data, key.seed));
}

/** Whether `signature` (base64url) over `data` was made by the key in `did`. */
export function verified(did: string, signature: string, data: Uint8Array): boolean {
  try {
    const strict = { zip215: false };
    return ed25519.verify(unb64u(signature, SIGNATURE_SIZE), data, publicKey(did), strict);
  } catch {
    return false;
  }
}

/** RFC 8785, as bytes; `invalid_input` for what has no such form, as half a surrogate pair. */
export function canonical(value: unknown): Bytes {
  return utf8(canonicalText(value));
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (value === null || typeof value !== "object") return scalar(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([key, one]) => `${scalar(key)}:${canonicalText(one)}`).join()}}`;
}

/** As ECMAScript writes it, which is how RFC 8785 has it. */
function scalar(value: unknown): string {
  const infinite = typeof value === "number" && !Number.isFinite(value);
  const halved = typeof value === "string" && /[\ud800-\udfff]/u.test(value);
  const text = infinite || halved ? undefined : JSON.stringify(value);
  if (text === undefined) throw new PeerPlanError("invalid_input", "This has no canonical JSON.");
  return text;
}

/** The id of the room of these; it commits to them and reveals none. */
export function roomId(owner: Uint8Array, salt: Uint8Array, key: Uint8Array): string {
  return b64u(sha256(joined(utf8("peerplan room v1\0"), owner, salt, key)).subarray(0, 16));
}

/** The room's key for one purpose. */
export function derive(key: Uint8Array, room: string, purpose: Purpose): Bytes {
  return hkdf(key, utf8(room), `peerplan/v1/${purpose}`);
}

/** 32 bytes of HKDF-SHA256 (RFC 5869). */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Bytes {
  return new Uint8Array(hkdfOf(sha256, secret, salt, utf8(info), KEY_SIZE));
}

export function random(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}

export function utf8(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text));
}

export function joined(...parts: Uint8Array[]): Bytes {
  const made = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
