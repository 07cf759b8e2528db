import { guarded } from "../document/guard";
import { decodeImportBlobMeta, type PeerID, VersionVector } from "../document/loro";
import { contained, type EncryptedRecord, recordsOf, sealedRecord } from "./elo";
import { utf8 } from "./keys";
import { type DocumentPort, isUpdates, UnreadyError } from "./ports";

export const KEY_ID = "v1";
const NOTHING = new Uint8Array();

type Version = Map<PeerID, number>;

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

  /** A container of what a peer of that version lacks; see `DocumentPort`. */
  updatesSince(version: Uint8Array): Uint8Array {
    return this.#sealed(spansBetween(versionOf(version), versionOf(this.#document.version())));
  }

  /** A container of what `update`, which the document has, brought. */
  outgoing(update: Uint8Array): Uint8Array {
    const [start, end] = guarded("Reading what an update brought", () => {
      const told = decodeImportBlobMeta(update, false);
      return [told.partialStartVersionVector.toJSON(), told.partialEndVersionVector.toJSON()];
    });
    return this.#sealed(spansBetween(start, end));
  }

  size(): number {
    return this.#document.size?.() ?? this.#document.updatesSince(NOTHING).length;
  }

  /** The records come in no order, and what the plan begins with may be in the last. */
  async importUpdates(blob: Uint8Array): Promise<Uint8Array> {
    const before = this.version();
    let waiting = recordsOf(blob).flatMap((record) => this.#opened(record));
    for (let progress = true; progress && waiting.length; ) {
      const { left, early } = await this.#took(waiting);
      progress = left.length < waiting.length;
      if (early && !progress) throw early;
      waiting = left;
    }
    return this.#document.updatesSince(before);
  }

  /** Takes in each update that can be now; the others, and whether they came too early. */
  async #took(updates: Uint8Array[]): Promise<{ left: Uint8Array[]; early?: UnreadyError }> {
    const left: Uint8Array[] = [];
    let early: UnreadyError | undefined;
    for (const update of updates) {
      try {
        if ((await this.#document.importUpdates(update)).length === 0) left.push(update);
      } catch (error) {
        if (!(error instanceof UnreadyError)) throw error;
        early = error;
        left.push(update);
      }
    }
    return { left, ...(early && { early }) };
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

  #sealed(spans: Iterable<[PeerID, number, number]>): Uint8Array {
    const records = [...spans].map(([peer, start, end]) => {
      const data = this.#document.updatesIn(peer, start, end);
      return sealedRecord(this.#key, this.#keyId, { peer: utf8(peer), start, end }, data);
    });
    return records.length ? contained(records) : NOTHING;
  }
}

function* spansBetween(known: Version, reached: Version): Generator<[PeerID, number, number]> {
  for (const [peer, end] of reached) {
    const start = known.get(peer) ?? 0;
    if (start < end) yield [peer, start, end];
  }
}

function versionOf(bytes: Uint8Array): Version {
  if (bytes.length === 0) return new Map();
  return guarded("Reading a version", () => VersionVector.decode(bytes).toJSON());
}
