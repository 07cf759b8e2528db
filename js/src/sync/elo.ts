/**
 * %ELO: changes of a document in encrypted records, as npm's `loro-protocol` reads and writes them. A
 * container holds records; a record has a header that anybody can read (whose changes, from where
 * to where, which key) and the changes, sealed with the header as additional data.
 */
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
import { PeerPlanError } from "../model/errors";
import { type Bytes, joined, random } from "./keys";
import { opened } from "./sealing";

const IV_SIZE = 12;
/** Bytes of a peer's id and of a key's. */
const MAX_ID = 64;
const MAX_RECORDS = 10_000;

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

function wrong(message: string): PeerPlanError {
  return new PeerPlanError("protocol", message);
}
