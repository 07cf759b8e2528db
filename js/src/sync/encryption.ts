import { gcm } from "@noble/ciphers/aes.js";
import {
  BytesWriter,
  decodeEloContainer,
  type EloDeltaHeader,
  EloRecordKind,
  encodeEloContainer,
  type ParsedEloRecordHeader,
  parseEloRecordHeader,
} from "loro-protocol";
import { guarded } from "../document/guard";
import { type PeerID, VersionVector } from "../document/loro";
import { PeerPlanError } from "../model/errors";
import { type Bytes, joined, random } from "./keys";
import { type DocumentPort, isUpdates } from "./ports";
import { opened } from "./sealing";

export const KEY_ID = "v1";
const IV_SIZE = 12;
/** Bytes of a peer's id and of a key's. */
const MAX_ID = 64;
const MAX_RECORDS = 10_000;
const NOTHING = new Uint8Array();

/** Operations of one Loro peer, from `start` to before `end`. */
export interface Span {
  readonly peer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A record whose header was read. It says nothing for sure until it is opened. */
export interface EncryptedRecord {
  /** Null for a snapshot. */
  readonly span: Span | null;
  readonly keyId: string;
  /** What it holds; throws `protocol` if it was made with another key, or changed. */
  open(key: Uint8Array): Bytes;
}

/** A record of %ELO, byte for byte as `loro-protocol` makes it; `iv` is random unless given. */
export function sealedRecord(
  key: Uint8Array,
  keyId: string,
  { peer, start, end }: Span,
  data: Uint8Array,
  iv: Uint8Array = random(IV_SIZE),
): Bytes {
  if (start >= end) throw wrong(`Nothing is in the operations ${start} to ${end}.`);
  const header = new BytesWriter();
  header.pushByte(EloRecordKind.DeltaSpan);
  header.pushVarBytes(peer);
  header.pushUleb128(start);
  header.pushUleb128(end);
  header.pushVarString(keyId);
  header.pushVarBytes(iv);
  const aad = header.finalize();
  const body = new BytesWriter();
  body.pushVarBytes(gcm(key, iv, aad).encrypt(data));
  return joined(aad, body.finalize());
}

/** The records in one container. */
export function contained(records: Uint8Array[]): Uint8Array {
  return encodeEloContainer(records);
}

/** The records in a container; throws `protocol` for anything else. */
export function recordsOf(container: Uint8Array): EncryptedRecord[] {
  try {
    const records = decodeEloContainer(container);
    if (records.length > MAX_RECORDS) throw wrong(`${records.length} records came at once.`);
    return records.map((record) => read(parseEloRecordHeader(record)));
  } catch (error) {
    if (error instanceof PeerPlanError) throw error;
    throw wrong(`An encrypted container cannot be read: ${String(error).slice(0, 200)}`);
  }
}

function read({ header, keyId, iv, ct, aad }: ParsedEloRecordHeader): EncryptedRecord {
  if (iv.length !== IV_SIZE) throw wrong(`The IV of a record has ${IV_SIZE} bytes.`);
  if (keyId.length > MAX_ID) throw wrong("The id of a key is too long.");
  const span = header.kind === EloRecordKind.DeltaSpan ? spanOf(header) : null;
  return { span, keyId, open: (key) => opened(key, iv, ct, aad) };
}

function spanOf({ peerId, start, end }: EloDeltaHeader): Span {
  if (start >= end || peerId.length > MAX_ID)
    throw wrong(`Nothing is in the operations ${start} to ${end}.`);
  return { peer: peerId, start, end };
}

/** A document whose changes can be had by Loro peer. */
export interface RangedDocument extends DocumentPort {
  /** The operations of a Loro peer from `start` to before `end`, in updates mode. */
  updatesIn(peer: PeerID, start: number, end: number): Uint8Array;
}

/**
 * A document as a %ELO session sees it: containers of records that are sealed with a key. Records
 * under other keys, or that were sealed with another, are counted and left alone, since a server
 * without the key may pass on anybody's; so are snapshots, which are not taken from peers.
 *
 * Who has the key can write in the name of anybody: nothing here is signed, and no role is held.
 */
export class EncryptedDocument implements DocumentPort {
  /** Records that could not be read. */
  unread = 0;
  readonly #document: RangedDocument;
  readonly #key: Uint8Array;
  readonly #keyId: string;

  constructor(document: RangedDocument, key: Uint8Array, keyId = KEY_ID) {
    this.#document = document;
    this.#key = key;
    this.#keyId = keyId;
  }

  version(): Uint8Array {
    return this.#document.version();
  }

  updatesSince(version: Uint8Array): Uint8Array {
    const records = [...spansBetween(version, this.#document.version())].map((span) => {
      const [peer, start, end] = span;
      const data = this.#document.updatesIn(peer, start, end);
      const told = { peer: new TextEncoder().encode(peer), start, end };
      return sealedRecord(this.#key, this.#keyId, told, data);
    });
    return records.length ? contained(records) : NOTHING;
  }

  /** The records come in no order, and what the plan begins with may be in the last. */
  async importUpdates(blob: Uint8Array): Promise<Uint8Array> {
    const before = this.version();
    let waiting = recordsOf(blob).flatMap((record) => this.#opened(record));
    for (let progress = true; progress && waiting.length; ) {
      const left: Uint8Array[] = [];
      for (const update of waiting)
        if ((await this.#document.importUpdates(update)).length === 0) left.push(update);
      progress = left.length < waiting.length;
      waiting = left;
    }
    return this.#document.updatesSince(before);
  }

  #opened(record: EncryptedRecord): Uint8Array[] {
    if (record.span === null) return [];
    try {
      const update = record.keyId === this.#keyId ? record.open(this.#key) : NOTHING;
      if (isUpdates(update)) return [update];
    } catch {
      // Sealed with another key, which is no fault of who passed it on.
    }
    this.unread += 1;
    return [];
  }
}

function* spansBetween(from: Uint8Array, to: Uint8Array): Generator<[PeerID, number, number]> {
  const known = versionOf(from);
  for (const [peer, end] of versionOf(to)) {
    const start = known.get(peer) ?? 0;
    if (start < end) yield [peer, start, end];
  }
}

function versionOf(bytes: Uint8Array): Map<PeerID, number> {
  if (bytes.length === 0) return new Map();
  return guarded("Reading a version", () => VersionVector.decode(bytes).toJSON());
}

function wrong(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
