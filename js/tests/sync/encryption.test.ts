// @vitest-environment node
import { base64urlnopad } from "@scure/base";
import { decodeEloContainer, decryptEloRecord, encryptDeltaSpan } from "loro-protocol";
import { beforeAll, expect, test } from "vitest";
import vectors from "../../../tests/vectors/encryption.json";
import { LoroDoc, type PeerID, VersionVector } from "../../src/document/loro";
import { PeerPlanError } from "../../src/model/errors";
import {
  contained,
  EncryptedDocument,
  type RangedDocument,
  recordsOf,
  sealedRecord,
} from "../../src/sync/encryption";
import { b64u } from "../../src/sync/keys";
import { loadLoroHere } from "../support/loro";

const raw = (text: string) => base64urlnopad.decode(text);
const KEY = raw(vectors.key);

beforeAll(() => loadLoroHere());

/** A plain Loro document behind a port. */
function port(doc = new LoroDoc()): RangedDocument & { doc: LoroDoc } {
  const since = (version: Uint8Array) => {
    const from = version.length ? VersionVector.decode(version) : new VersionVector(null);
    if ((from.compare(doc.oplogVersion()) ?? -1) >= 0) return new Uint8Array();
    return doc.export({ mode: "update", from });
  };
  return {
    doc,
    version: () => doc.oplogVersion().encode(),
    updatesSince: since,
    updatesIn: (peer: PeerID, counter, end) =>
      doc.export({
        mode: "updates-in-range",
        spans: [{ id: { peer, counter }, len: end - counter }],
      }),
    async importUpdates(blob) {
      const before = doc.oplogVersion().encode();
      doc.import(blob);
      return since(before);
    },
  };
}

test.each(vectors.containers)("records are sealed and opened as the vectors say: %#", (told) => {
  const found = recordsOf(raw(told.container));
  const made = told.records.map(({ peer, start, end, plaintext, iv }, index) => {
    const span = { peer: raw(peer), start, end };
    expect(found[index]?.span).toEqual(span);
    expect(b64u(found[index]!.open(KEY))).toBe(plaintext);
    return sealedRecord(KEY, told.keyId, span, raw(plaintext), raw(iv));
  });
  expect(b64u(contained(made))).toBe(told.container);
});

test.each(vectors.broken)("what was changed is not opened: $name", ({ container }) => {
  expect(() => recordsOf(raw(container)).map((one) => one.open(KEY))).toThrow(PeerPlanError);
});

test("the published package reads our records, and we read its", async () => {
  const span = { peer: new TextEncoder().encode("7"), start: 1, end: 3 };
  const data = new Uint8Array([1, 2, 3]);
  const ours = sealedRecord(KEY, "v1", span, data);
  const read = await decryptEloRecord(ours, async () => KEY);
  expect(new Uint8Array(read.plaintext)).toEqual(data);
  const { record } = await encryptDeltaSpan(
    data,
    { peerId: span.peer, start: 1, end: 3, keyId: "v1" },
    KEY,
  );
  expect(recordsOf(contained([record]))[0]!.open(KEY)).toEqual(data);
});

test("a document comes whole through containers, whatever their order", async () => {
  const [one, third, other] = [port(), port(), port()];
  for (let turn = 0; turn < 3; turn += 1) {
    one.doc.getText("content").insert(0, `one ${turn} `);
    one.doc.commit();
    await third.importUpdates(one.updatesSince(third.version()));
    third.doc.getText("content").insert(0, `third ${turn} `);
    third.doc.commit();
    await one.importUpdates(third.updatesSince(one.version()));
  }
  const container = new EncryptedDocument(one, KEY).updatesSince(new Uint8Array());
  const records = decodeEloContainer(container);
  expect(records).toHaveLength(2);
  const reader = new EncryptedDocument(other, KEY);
  const news = await reader.importUpdates(contained(records.reverse()));
  expect(news.length).toBeGreaterThan(0);
  expect(other.doc.getText("content").toString()).toBe(one.doc.getText("content").toString());
  expect(await reader.importUpdates(container)).toHaveLength(0);
});

test("records of other keys are left alone", async () => {
  const stranger = port();
  stranger.doc.getText("content").insert(0, "x");
  stranger.doc.commit();
  const reader = new EncryptedDocument(port(), KEY);
  for (const sender of [
    new EncryptedDocument(stranger, new Uint8Array(32)),
    new EncryptedDocument(stranger, KEY, "v2"),
  ])
    expect(await reader.importUpdates(sender.updatesSince(new Uint8Array()))).toHaveLength(0);
  expect(reader.unread).toBe(2);
});
