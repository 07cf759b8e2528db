// @vitest-environment node
import { deflateRawSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { DEFLATE, deflated, inflated, inflatedSize, isDeflated } from "../../src/sync/deflated";
import { type DocUpdateFragmentHeader, MessageType, UpdateStatusCode } from "../../src/sync/frames";
import {
  decodeIntroduction,
  encodeIntroduction,
  type Introduction,
  STRANGER,
} from "../../src/sync/introduction";
import { acks, bytes, carry, DocPort, joined, limited, Side, update } from "./pairs";

const { Ok, InvalidUpdate, PayloadTooLarge } = UpdateStatusCode;
const TAKES = {
  introduction: { ...STRANGER, acks: true, features: [DEFLATE, "what comes later"] },
};

/** An update of about so many bytes, of which a third is not to be foreseen. */
function written(port: DocPort, size: number): Uint8Array {
  const number = (at: number) => Math.imul(at * at, 2_654_435_761).toString(36);
  const words = Array.from({ length: size / 20 }, (_, at) => `${number(at)} words again `);
  return port.put("long", words.join(""));
}

/** What says to be a deflated update of that size, and is these bytes. */
function claimed(size: number, packed: Uint8Array): Uint8Array {
  const head = new Uint8Array(8);
  head.set(bytes("defl"));
  new DataView(head.buffer).setUint32(4, size);
  return new Uint8Array([...head, ...packed]);
}

/** What the header says of the first update that is to be sent. */
async function sent(side: Side): Promise<DocUpdateFragmentHeader> {
  await vi.waitFor(() => expect(side.sent.length).toBeGreaterThan(0), 20_000);
  const waiting = [...side.sent];
  const [head] = side.take();
  side.sent = waiting;
  if (head?.type !== MessageType.DocUpdateFragmentHeader) throw new Error("No fragments are sent.");
  return head;
}

test("a long update goes deflated to a peer that takes it so, and comes whole", async () => {
  const [one, other] = await joined(TAKES);
  const told = written(one.port, 2_000_000);
  one.push(told);
  expect((await sent(one)).totalSizeBytes).toBeLessThan(told.length / 2);
  expect(acks(await carry(one, other))).toEqual([Ok]);
  expect(other.port.lengths).toEqual(one.port.lengths);
  expect(one.session.pending).toBe(0);
});

test("who joins gets all of it deflated", async () => {
  const [one, other] = [
    new Side(new DocPort(), "requester", TAKES),
    new Side(new DocPort(), "receiver", TAKES),
  ];
  const told = written(other.port, 500_000);
  one.session.start();
  for (const frame of one.take()) other.session.receive(frame);
  const [answer] = other.sent;
  other.sent = [];
  expect((await sent(other)).totalSizeBytes).toBeLessThan(told.length / 2);
  other.sent.unshift(answer!);
  await carry(one, other);
  expect(one.port.lengths).toEqual(other.port.lengths);
});

test("a peer that does not say so gets it as it is", async () => {
  const one = new Side(new DocPort(), "requester", TAKES);
  const other = new Side(new DocPort(), "receiver");
  one.session.start();
  await carry(one, other);
  const told = written(one.port, 100_000);
  one.push(told);
  expect((await sent(one)).totalSizeBytes).toBe(told.length);
  expect(acks(await carry(one, other))).toEqual([Ok]);
  expect(other.port.lengths).toEqual(one.port.lengths);
});

test("what is written after a long update comes after it", async () => {
  const [one, other] = await joined(TAKES);
  one.push(written(one.port, 3_000_000));
  one.push(one.port.put("short", "x"));
  expect(one.sent).toEqual([]);
  expect(one.session.pending).toBe(2);
  await sent(one);
  expect(acks(await carry(one, other))).toEqual([Ok, Ok]);
  expect(other.port.lengths).toEqual(one.port.lengths);
});

test("what was being deflated when the link broke goes with the next join", async () => {
  const [one, other] = await joined(TAKES);
  one.push(written(one.port, 3_000_000));
  one.session.disconnected();
  other.session.disconnected();
  one.session.start();
  await carry(one, other);
  await sent(one);
  await carry(one, other);
  expect(other.port.lengths).toEqual(one.port.lengths);
  expect(other.port.imports).toBe(1);
  expect(one.session.pending).toBe(0);
});

test("an update that only looks smaller than it is ends the link, and is not inflated", async () => {
  const [one, other] = await joined(TAKES);
  const bomb = deflateRawSync(new Uint8Array(50_000_000));
  // Who inflates that far fails in another way.
  bomb.fill(0xff, bomb.length / 2);
  const answer = await other.receive(update([claimed(1000, bomb)]));
  expect(acks(answer)).toEqual([PayloadTooLarge]);
  expect(other.session.state).toBe("closed");
  expect(other.events.at(-1)).toMatchObject({
    cause: "broken",
    reason: "A deflated update has more than the 1000 bytes that it says.",
  });
  expect(other.port.imports).toBe(0);
  expect(one.session.state).toBe("joined");
});

test.each([
  [{ update: 5000, document: 1_000_000 }, "An update of 5001 bytes; 5000 are allowed."],
  [{ update: 1_000_000, document: 5000 }, "The document would have 5001 bytes; 5000 are allowed."],
])(
  "an update that is larger than a limit when inflated ends the link (%o)",
  async (limits, reason) => {
    const [, other] = await joined({ ...TAKES, ...limited(limits) });
    // It is not looked into: these bytes are deflated from nothing.
    const answer = await other.receive(update([claimed(5001, new Uint8Array(9).fill(0xff))]));
    expect(acks(answer)).toEqual([PayloadTooLarge]);
    expect(other.events.at(-1)).toMatchObject({ cause: "broken", reason });
  },
);

const WHOLE = deflateRawSync(bytes("words ".repeat(1000)));
const BROKEN = {
  garbage: claimed(6000, new Uint8Array(100).fill(0xff)),
  "cut off": claimed(6000, WHOLE.subarray(0, -4)),
  "shorter than it says": claimed(6001, WHOLE),
  "followed by more": claimed(6000, new Uint8Array([...WHOLE, 1, 2, 3])),
  "no update": claimed(6000, WHOLE),
  "deflated twice": claimed(8 + WHOLE.length, deflateRawSync(claimed(6000, WHOLE))),
};

test.each(Object.entries(BROKEN))("deflated bytes that are %s are refused", async (_, blob) => {
  const [, other] = await joined(TAKES);
  expect(acks(await other.receive(update([blob])))).toEqual([InvalidUpdate]);
  await other.receive(update([blob]));
  expect(other.session.state).toBe("joined");
  await other.receive(update([blob]));
  expect(other.session.state).toBe("closed");
  expect(other.port.imports).toBe(0);
});

test("who did not say so takes no deflated update", async () => {
  const [one, other] = await joined();
  const blob = await deflated(written(one.port, 50_000));
  expect(isDeflated(blob)).toBe(true);
  expect(acks(await other.receive(update([blob])))).toEqual([InvalidUpdate]);
});

test("what cannot be made shorter stays as it is", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  expect(await deflated(noise)).toBe(noise);
});

test("any length comes back as it was", async () => {
  const words = new TextEncoder().encode("as people write it, again and again ".repeat(200_000));
  for (const size of [200, 4096, 65_536, 65_537, 7_000_000]) {
    const blob = await deflated(words.subarray(0, size));
    expect([isDeflated(blob), inflatedSize(blob)]).toEqual([true, size]);
    expect(Buffer.compare(await inflated(blob), words.subarray(0, size))).toBe(0);
  }
});

test("an introduction says what a peer can do, and what is no word is left out", () => {
  const said: Introduction = { identity: {}, peer: "p", acks: true, features: ["a", "b"] };
  expect(decodeIntroduction(encodeIntroduction(said))).toEqual(said);
  const odd = [{ features: "deflate" }, { features: [1, null, "a", ["b"]] }, {}];
  const read = odd.map((one) => decodeIntroduction(bytes(JSON.stringify(one))).features);
  expect(read).toEqual([[], ["a"], []]);
});
