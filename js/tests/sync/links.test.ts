// @vitest-environment node
import { expect, test } from "vitest";
import { newId } from "../../src/model/ids";
import { FRAME_BYTES } from "../../src/sync/channel";
import { hkdf, random, utf8 } from "../../src/sync/keys";
import { attemptOf, RelayLink } from "../../src/sync/relay_link";
import { bond } from "../../src/sync/roster";
import { acceptable, bindingOf } from "../../src/sync/sdp";
import { Direction, seal } from "../../src/sync/sealing";
import { sealedSignal, unsealedSignal } from "../../src/sync/signals";

const ROOM = "room";
const helloKey = random(32);

interface Relayed {
  one: RelayLink;
  other: RelayLink;
  /** What was sent and not delivered, from the first to the second. */
  wire: Uint8Array[];
  keys: Record<"one" | "other", () => [Direction, Direction]>;
  secure(): void;
  /** Additional data of what the first sends. */
  aad: Uint8Array;
}

/** Two ends of a relayed link; a test delivers what the first sends. */
function relayed(): Relayed {
  const [low, high, attempt] = [newId(), newId(), newId()];
  const wire: Uint8Array[] = [];
  const common = { room: ROOM, attempt, path: "relay", helloKey } as const;
  const one = new RelayLink({
    ...common,
    me: high,
    other: low,
    offered: true,
    send: async (payload) => void wire.push(payload),
  });
  const other = new RelayLink({
    ...common,
    me: low,
    other: high,
    offered: false,
    send: async () => {},
  });
  const [shared, salt] = [random(32), random(32)];
  const direction = (peer: string) => new Direction(hkdf(shared, salt, peer));
  const keys = {
    one: (): [Direction, Direction] => [direction(high), direction(low)],
    other: (): [Direction, Direction] => [direction(low), direction(high)],
  };
  const secure = () => {
    one.secure(...keys.one());
    other.secure(...keys.other());
  };
  const aad = utf8([ROOM, high, low, attempt].join("|"));
  return { one, other, wire, keys, secure, aad };
}

test("messages of both kinds and channels arrive in order", async () => {
  const { one, other, wire, secure } = relayed();
  await one.control.send("hello");
  for (const payload of wire.splice(0)) other.take(payload);
  expect(await other.control.receive()).toBe("hello");
  secure();
  await one.control.send("text");
  await one.bulk.send(Uint8Array.of(1, 2));
  await one.control.send(new Uint8Array());
  for (const payload of wire.splice(0)) other.take(payload);
  expect(await other.control.receive()).toBe("text");
  expect(await other.control.receive()).toEqual(new Uint8Array());
  expect(await other.bulk.receive()).toEqual(Uint8Array.of(1, 2));
});

test("what was sealed for two waits until this end has the keys too", async () => {
  const { one, other, wire, keys } = relayed();
  one.secure(...keys.one());
  await one.control.send("proof");
  other.take(wire[0]!);
  other.secure(...keys.other());
  expect(await other.control.receive()).toBe("proof");
});

test("too much before the keys ends the link", async () => {
  const { one, wire, secure } = relayed();
  secure();
  for (let number = 0; number < 6; number += 1) await one.bulk.send(new Uint8Array(FRAME_BYTES));
  const { other } = relayed();
  for (const payload of wire) other.take(payload);
  expect(await other.closed).toContain("before the keys");
});

test.each([
  ["comes twice", (frames: Uint8Array[]) => [frames[0]!, frames[0]!]],
  ["was lost", (frames: Uint8Array[]) => [frames[1]!]],
  ["was changed", ([first]: Uint8Array[]) => [changed(first!)]],
  ["is cut", ([first]: Uint8Array[]) => [first!.subarray(0, 40)]],
  ["is of an unknown kind", ([first]: Uint8Array[]) => [Uint8Array.of(7, ...first!.subarray(1))]],
])("a frame that %s ends the link", async (_, made) => {
  const { one, other, wire, secure } = relayed();
  secure();
  await one.control.send("first");
  await one.control.send("second");
  for (const payload of made(wire)) other.take(payload);
  expect(await other.closed).toMatch(/relayed|sealed/);
});

function changed(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

test("after the first keyed frame nothing under the room's key is taken", async () => {
  const { one, other, wire, secure } = relayed();
  await one.control.send("before");
  secure();
  await one.control.send("keyed");
  const [before, keyed] = wire;
  other.take(keyed!);
  other.take(before!);
  expect(await other.closed).toContain("out of turn");
});

test.each([
  ["for no channel", [4, 1]],
  ["that is empty", []],
  ["that is no text", [0, 255, 255]],
  ["that is too long", [1, ...new Uint8Array(FRAME_BYTES + 1)]],
])("a frame %s ends the link", async (_, plain) => {
  const { other, one, aad } = relayed();
  const sealed = seal(helloKey, new Uint8Array(plain), aad);
  other.take(new Uint8Array([0, ...utf8(one.attempt), ...sealed]));
  expect(await other.closed).toMatch(/no channel|UTF-8/);
});

test("a frame of another pair cannot be moved to this one", async () => {
  const first = relayed();
  const second = relayed();
  await first.one.control.send("hello");
  second.other.take(first.wire[0]!);
  expect(await second.other.closed).toContain("cannot be opened");
});

test("messages that are too long are not sent", async () => {
  const { one, wire } = relayed();
  await expect(one.control.send(new Uint8Array(FRAME_BYTES + 1))).rejects.toMatchObject({
    code: "too_large",
  });
  await expect(one.control.send("ü".repeat(FRAME_BYTES / 2 + 1))).rejects.toMatchObject({
    code: "too_large",
  });
  expect(wire).toEqual([]);
});

test("a closed link sends nothing, and gives what came before its end", async () => {
  const { one, other, wire } = relayed();
  await one.control.send("last words");
  other.take(wire[0]!);
  other.close("over");
  one.close();
  await expect(one.control.send("more")).rejects.toMatchObject({ code: "unreachable" });
  expect(await other.control.receive()).toBe("last words");
  expect(await other.control.receive()).toBe(null);
  expect(await other.closed).toBe("over");
});

test("an attempt is named by a ULID", () => {
  const name = newId();
  expect(attemptOf(new Uint8Array([0, ...utf8(name), 1]))).toBe(name);
  expect(attemptOf(new Uint8Array([0, ...utf8(name)]))).toBe(null);
  expect(attemptOf(new Uint8Array([0, ...utf8("/".repeat(26)), 1]))).toBe(null);
});

test("signals come out as they went in, and only with the room's key", () => {
  const [from, to, attempt, key] = [newId(), newId(), newId(), random(32)];
  for (const signal of [
    { type: "announce", from, to: null, role: "reviewer" },
    { type: "offer", from, to, attempt, sdp: "v=0" },
    { type: "candidate", from, to, attempt, candidate: null },
    { type: "candidate", from, to, attempt, candidate: { candidate: "x", sdpMid: "0" } },
    { type: "relay", from, to, attempt },
    { type: "leave", from, to: null },
  ] as const) {
    const data = sealedSignal(signal, ROOM, key);
    expect(unsealedSignal(data, ROOM, key)).toEqual(signal);
    expect(() => unsealedSignal(data, "other", key)).toThrow("cannot be opened");
    expect(() => unsealedSignal(data, ROOM, random(32))).toThrow("cannot be opened");
  }
});

test.each([
  ["no base64", "%%%%"],
  ["too short", "AAAA"],
  ["too long", "A".repeat(70_000)],
])("a signal that is %s is refused", (_, data) => {
  expect(() => unsealedSignal(data, ROOM, random(32))).toThrow();
});

test.each([
  ["another version", { v: 2 }],
  ["no sender", { from: "me" }],
  ["a sender that is no text", { from: 7 }],
  ["no attempt", { attempt: undefined }],
  ["no description", { sdp: undefined }],
  ["a long description", { sdp: "x".repeat(70_000) }],
  ["an unknown type", { type: "greet" }],
])("a signal with %s is refused", (_, wrong) => {
  const key = random(32);
  const good = { v: 1, type: "offer", from: newId(), attempt: newId(), sdp: "v=0" };
  const text = JSON.stringify({ ...good, ...wrong });
  const data = Buffer.from(seal(key, utf8(text), utf8(ROOM))).toString("base64");
  expect(() => unsealedSignal(data, ROOM, key)).toThrow(/signal/);
});

const peers = Array.from({ length: 15 }, (_, number) => `peer${String(number).padStart(2, "0")}`);

test("twelve are linked with each other; the rest with owners, or with the twelve", () => {
  const roster = new Map(peers.map((peer) => [peer, "reviewer" as "reviewer" | "owner"]));
  const how = (one: number, other: number) => bond(peers[one]!, peers[other]!, roster);
  expect([how(0, 11), how(0, 12), how(12, 13)]).toEqual(["direct", "relay", null]);
  roster.set(peers[3]!, "owner");
  expect([how(0, 11), how(0, 12), how(3, 12), how(12, 3)]).toEqual([
    "direct",
    null,
    "relay",
    "relay",
  ]);
});

const print = "AB:".repeat(31).concat("CD");
const sdp = (...lines: string[]) => `v=0\r\nm=application 9 X\r\n${lines.join("\r\n")}\r\n`;

test("a description has one SHA-256 fingerprint, and others are taken out of it", () => {
  const good = sdp(`a=fingerprint:sha-256 ${print}`);
  expect(acceptable(good)).toBe(good);
  expect(acceptable(sdp(`a=fingerprint:sha-256 ${print}`, "a=fingerprint:sha-1 AB"))).toBe(good);
  expect(bindingOf(good, good.toLowerCase())).toHaveLength(32);
});

test.each([
  ["no fingerprint", sdp()],
  ["another hash", sdp("a=fingerprint:sha-1 AB:CD")],
  [
    "two fingerprints",
    sdp(`a=fingerprint:sha-256 ${print}`, `a=fingerprint:sha-256 ${print}`.replace("AB", "EF")),
  ],
  ["video", `${sdp(`a=fingerprint:sha-256 ${print}`)}m=video 9 X\r\n`],
  ["nothing", ""],
  ["channels that take little", sdp(`a=fingerprint:sha-256 ${print}`, "a=max-message-size:100")],
  ["lines that some would split", sdp(`a=fingerprint:sha-256 ${print}`, "a=x\u2028m=video 9 X")],
  ["a lone carriage return", sdp(`a=fingerprint:sha-256 ${print}`, "a=x\rm=video 9 X")],
  ["too much", "x".repeat(70_000)],
])("a description with %s is refused", (_, text) => {
  expect(() => acceptable(text)).toThrow(/description/);
});
