// @vitest-environment node
import { base64urlnopad } from "@scure/base";
import { decodeEloContainer, decryptEloRecord, encryptDeltaSpan } from "loro-protocol";
import { beforeAll, expect, test } from "vitest";
import vectors from "../../../tests/vectors/encryption.json";
import { decodeImportBlobMeta } from "../../src/document/loro";
import { PeerPlanError } from "../../src/model/errors";
import { contained, recordsOf, sealedRecord } from "../../src/sync/elo";
import { EncryptedDocument } from "../../src/sync/encryption";
import { b64u } from "../../src/sync/keys";
import { UnreadyError } from "../../src/sync/ports";
import { loadLoroHere } from "../support/loro";
import { DocPort } from "./doc_port";

const raw = (text: string) => base64urlnopad.decode(text);
const KEY = raw(vectors.key);

beforeAll(() => loadLoroHere());

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

/** Writes in turns, so that what each wrote depends on what the other wrote. */
async function weave(one: DocPort, other: DocPort): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await other.importUpdates(one.insert(`one ${turn} `));
    await one.importUpdates(other.insert(`other ${turn} `));
  }
}

test("a document comes whole through containers, whatever their order", async () => {
  const [one, third, other] = [new DocPort(), new DocPort(), new DocPort()];
  await weave(one, third);
  const container = new EncryptedDocument(one, KEY).updatesSince(new Uint8Array());
  const records = decodeEloContainer(container);
  expect(records).toHaveLength(2);
  const reader = new EncryptedDocument(other, KEY);
  const news = await reader.importUpdates(contained(records.reverse()));
  expect(news.length).toBeGreaterThan(0);
  expect(other.content).toBe(one.content);
  expect(await reader.importUpdates(container)).toHaveLength(0);
});

test("records of other keys are left alone", async () => {
  const stranger = new DocPort();
  stranger.insert("x");
  const reader = new EncryptedDocument(new DocPort(), KEY);
  for (const sender of [
    new EncryptedDocument(stranger, new Uint8Array(32)),
    new EncryptedDocument(stranger, KEY, "v2"),
  ])
    expect(await reader.importUpdates(sender.updatesSince(new Uint8Array()))).toHaveLength(0);
  expect(reader.unread).toBe(2);
});

/** Refuses, as a plan does, what depends on changes that are not here. */
class StrictPort extends DocPort {
  override async importUpdates(blob: Uint8Array): Promise<Uint8Array> {
    const { partialStartVersionVector: start } = decodeImportBlobMeta(blob, false);
    const order = this.doc.oplogVersion().compare(start);
    if (order === undefined || order < 0) throw new UnreadyError();
    return super.importUpdates(blob);
  }
}

test("a container that comes before another that it depends on is asked for again", async () => {
  const [one, other] = [new DocPort(), new StrictPort()];
  const [writer, reader] = [new EncryptedDocument(one, KEY), new EncryptedDocument(other, KEY)];
  const [first, second] = [one.insert("a"), one.insert("b")].map((told) => writer.outgoing(told));
  await expect(reader.importUpdates(second!)).rejects.toThrow(UnreadyError);
  expect((await reader.importUpdates(first!)).length).toBeGreaterThan(0);
  expect((await reader.importUpdates(second!)).length).toBeGreaterThan(0);
  expect(other.content).toBe("ba");
});

test("what one change brought is all that goes out with it", () => {
  const one = new DocPort();
  one.insert("before ");
  const container = new EncryptedDocument(one, KEY).outgoing(one.insert("x"));
  const { peerIdStr } = one.doc;
  const peer = new TextEncoder().encode(peerIdStr);
  expect(recordsOf(container).map(({ span }) => span)).toEqual([{ peer, start: 7, end: 8 }]);
});

test("2,000 changed containers never break anything", async () => {
  const [one, other] = [new DocPort(), new DocPort()];
  one.insert("words");
  const whole = new EncryptedDocument(one, KEY).updatesSince(new Uint8Array());
  const reader = new EncryptedDocument(other, KEY);
  for (let round = 0; round < 2000; round += 1) {
    const blob = whole.slice();
    blob[(round * 7919) % blob.length]! ^= 1 + (round % 255);
    const cut = blob.subarray(0, blob.length - (round % 3));
    const news = await reader.importUpdates(cut).catch((error: unknown) => error);
    if (news instanceof Uint8Array) expect(news).toHaveLength(0);
    else expect(news).toMatchObject({ code: "protocol" });
  }
  expect(other.content).toBe("");
});
