// @vitest-environment node
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import type { Message } from "../../src/sync/channel";
import { Connection, type Ending } from "../../src/sync/connection";
import type { Role } from "../../src/sync/events";
import {
  type Crdt,
  CrdtType,
  decodeFrame,
  encodeFrame,
  type Frame,
  MessageType,
  UpdateStatusCode,
} from "../../src/sync/frames";
import type { MemberRole } from "../../src/sync/grant";
import { type Hearing, INTENTIONS, type Intention, Intentions } from "../../src/sync/intentions";
import { STRANGER, type Terms, terms } from "../../src/sync/introduction";
import type { DocumentPort } from "../../src/sync/ports";
import { Presence } from "../../src/sync/presence";
import { Room } from "../../src/sync/room";
import { comment, newPlan, RITA } from "../page/plans";
import { Clock, DocPort, joinRequest, limited, ROOM, update } from "./pairs";
import { fakeIntervals, wires } from "./wires";

beforeAll(fakeIntervals);

const presences: Presence[] = [];

afterEach(() => {
  for (const one of presences.splice(0)) one.close();
});

type Wire = ReturnType<typeof wires>[0];

interface Made {
  port: DocPort;
  room: Room;
  connection: Connection;
  over: Promise<Ending>;
}

function connect(
  wire: Wire,
  role: Role,
  given: Partial<Terms> = {},
  hearing: Hearing | null = null,
): Made {
  const port = new DocPort();
  const presence = new Presence(role);
  presences.push(presence);
  const room = new Room(ROOM, presence, true);
  const shown: DocumentPort = {
    version: () => new Uint8Array(),
    updatesSince: () => presence.encodeAll(),
    importUpdates: async (blob) => (presence.hear(blob, null) ? blob : new Uint8Array()),
  };
  const ports = new Map<Crdt, DocumentPort>([
    [CrdtType.Loro, port],
    [CrdtType.LoroEphemeralStore, shown],
  ]);
  const connection = new Connection(wire, {
    role,
    room,
    port: (crdt) => ports.get(crdt) ?? null,
    hearing,
    terms: terms({ admit: () => "write", ...given }),
  });
  return { port, room, connection, over: connection.run() };
}

/** Lets everything happen that needs no time. */
async function soon(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

async function until(holds: () => unknown): Promise<void> {
  for (let turn = 0; turn < 500 && !holds(); turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(holds()).toBeTruthy();
}

/** The next message that is not a ping. */
async function heard(wire: Wire): Promise<Message | null> {
  const message = await wire.receive();
  return message === "ping" ? heard(wire) : message;
}

test("two ends keep document and presence equal", async () => {
  const [near, far] = wires();
  const one = connect(near, "requester");
  const other = connect(far, "receiver");
  one.room.publish(one.port.insert("hello"));
  other.room.show(other.room.presence.say("here"));
  await until(() => other.port.content === "hello");
  await until(() => one.room.presence.states().receiver === "here");
  expect([one.room.peers, other.room.peers]).toEqual([1, 1]);
  await until(() => one.connection.settled);
});

/** Until a connection is in the room, and has nothing more to say of itself. */
async function calm({ room }: ReturnType<typeof connect>): Promise<void> {
  await until(() => room.peers === 1);
  await soon();
}

/** A wire that can send at once while `free`; `asked` counts how often it was to. */
function hasty(wire: Wire) {
  const state = { free: true, asked: 0 };
  const sendNow = (message: Message): boolean => {
    state.asked += 1;
    if (state.free) void wire.send(message);
    return state.free;
  };
  return { state, wire: Object.assign(wire, { sendNow }) };
}

test("a change leaves in the task that made it, but never before an earlier one", async () => {
  const [near, far] = wires();
  const { state, wire } = hasty(near);
  const one = connect(wire, "requester");
  const other = connect(far, "receiver");
  await calm(one);
  state.asked = 0;
  one.room.publish(one.port.insert("c"));
  expect(state.asked).toBe(1);
  state.free = false;
  one.room.publish(one.port.insert("b"));
  state.free = true;
  one.room.publish(one.port.insert("a"));
  expect(state.asked).toBe(2);
  await until(() => other.port.content === "abc");
  await until(() => one.connection.settled);
});

/** A connection that takes note of what a member of that role intends. */
function attentive(wire: Wire, role: MemberRole) {
  const intended: Intention[] = [];
  const abandoned: string[] = [];
  const intentions = new Intentions(newPlan(), {
    intended: (one) => intended.push(one),
    abandoned: (id) => abandoned.push(id),
  });
  const member = { peer: newId(), identity: RITA, role, invitation: null, expires: 0 };
  const introduction = { ...STRANGER, acks: true, features: [INTENTIONS] };
  const made = connect(wire, "receiver", { introduction }, intentions.hearing(member));
  return { ...made, intended, abandoned };
}

test("what is intended is said at once to who takes note of it, until the link ends", async () => {
  const [near, far] = wires();
  const one = connect(hasty(near).wire, "requester");
  const other = attentive(far, "reviewer");
  await calm(one);
  const operation = comment("Why?");
  expect(one.connection.foretell(JSON.stringify({ type: "intend", operation }))).toBe(true);
  await until(() => other.intended.length === 1);
  one.connection.close("I go.");
  near.close();
  await until(() => other.abandoned.length === 1);
});

test("who takes no note of intentions is told none, and passes over what it is told", async () => {
  const [near, far] = wires();
  const { state, wire } = hasty(near);
  const one = connect(wire, "requester");
  const other = connect(far, "receiver");
  await calm(one);
  state.asked = 0;
  expect(one.connection.foretell("{}")).toBe(false);
  expect(state.asked).toBe(0);
  await near.send(JSON.stringify({ type: "intend", operation: comment("Why?") }));
  one.room.publish(one.port.insert("hello"));
  await until(() => other.port.content === "hello");
});

test.each([
  ["reviewer", "rubbish", "broken"],
  ["viewer", JSON.stringify({ type: "intend", operation: comment("Why?") }), "overstepped"],
] as const)("a %s's text that is no fit intention ends the link", async (role, text, cause) => {
  const [near, far] = wires();
  const other = attentive(near, role);
  await far.send(encodeFrame(joinRequest()));
  await far.send(text);
  expect(await other.over).toMatchObject({ cause });
  expect(other.intended).toEqual([]);
});

test("a ping is answered, and the way back is measured", async () => {
  const clock = new Clock();
  const [near, far] = wires();
  const one = connect(near, "receiver", { clock: clock.read });
  expect(await far.receive()).toBe("ping");
  await far.send("ping");
  expect(await far.receive()).toBe("pong");
  clock.now += 0.04;
  await far.send("pong");
  await until(() => one.connection.rtt !== null);
  expect(one.connection.rtt).toBeCloseTo(0.04);
});

test("a peer that is silent is asked after 5 s and left after 15", async () => {
  const clock = new Clock();
  const [near, far] = wires();
  const one = connect(near, "receiver", { clock: clock.read });
  const said: unknown[] = [];
  for (let second = 0; second < 15; second += 1) {
    clock.now += 1;
    vi.advanceTimersByTime(250);
  }
  await soon();
  for (let number = 0; number < 3; number += 1) said.push(await far.receive());
  expect(said).toEqual(["ping", "ping", "ping"]);
  clock.now += 1;
  vi.advanceTimersByTime(250);
  expect(await one.over).toMatchObject({ reason: "The other peer does not answer." });
});

test("a page that slept for a day asks before it gives anybody up", async () => {
  const clock = new Clock();
  const [near, far] = wires();
  const one = connect(near, "receiver", { clock: clock.read });
  expect(await far.receive()).toBe("ping");
  clock.now += 86_400;
  vi.advanceTimersByTime(250);
  expect(await far.receive()).toBe("ping");
  await far.send("pong");
  await soon();
  for (let second = 0; second < 8; second += 1) {
    clock.now += 0.5;
    vi.advanceTimersByTime(250);
  }
  one.connection.close("done");
  expect(await one.over).toMatchObject({ reason: "done" });
});

test("who does not answer a page that slept is left soon", async () => {
  const clock = new Clock();
  const [near] = wires();
  const one = connect(near, "receiver", { clock: clock.read });
  clock.now += 86_400;
  for (let second = 0; second < 7; second += 1) {
    vi.advanceTimersByTime(250);
    clock.now += 1;
  }
  expect(await one.over).toMatchObject({ reason: "The other peer does not answer." });
});

test.each([
  ["bytes that are no frame", new Uint8Array(30).fill(255)],
  ["an empty message", new Uint8Array()],
  ["a frame that is cut", encodeFrame(update([new Uint8Array(50)])).subarray(0, 40)],
  ["too large a frame", new Uint8Array(256 * 1024 + 1)],
  ["a room with a long name", new Uint8Array([...frameHead(200), 7])],
])("%s end the connection", async (_, message) => {
  const [near, far] = wires();
  const one = connect(near, "receiver");
  await far.send(message);
  expect(await one.over).toMatchObject({ cause: "broken" });
});

/** Magic bytes and a room's name of that length. */
function frameHead(length: number): number[] {
  const size = [(length & 127) | 128, length >> 7];
  return [...Buffer.from("%LOR"), ...size, ...Buffer.alloc(length, "r")];
}

test("rooms of another name and kinds that are not kept are refused", async () => {
  const [near, far] = wires();
  connect(near, "receiver");
  await far.send(encodeFrame({ ...joinRequest(), roomId: "another" }));
  await far.send(encodeFrame({ ...joinRequest(), crdt: CrdtType.Yjs }));
  for (const crdt of [CrdtType.Loro, CrdtType.Yjs]) {
    const answer = decodeFrame((await heard(far)) as Uint8Array);
    expect(answer).toMatchObject({ type: MessageType.JoinError, crdt });
  }
});

test("updates before a join are not taken", async () => {
  const [near, far] = wires();
  const one = connect(near, "receiver");
  await far.send(encodeFrame(update([new DocPort().insert("x")])));
  const answer = decodeFrame((await heard(far)) as Uint8Array);
  expect(answer).toMatchObject({ type: MessageType.Ack, status: 3 });
  expect(one.port.imports).toBe(0);
});

test("too many messages outside of rooms end the connection", async () => {
  const [near, far] = wires();
  const limits = limited({ messagesPerSecond: 10, burst: 20 });
  const one = connect(near, "receiver", { ...limits, clock: new Clock().read });
  for (let number = 0; number < 30; number += 1) await far.send("ping");
  expect(await one.over).toMatchObject({ cause: "broken" });
});

test("who reads too slowly is left", async () => {
  const [near, far] = wires();
  const other = connect(far, "receiver");
  const one = connect(near, "requester", limited({ outbox: 50_000 }));
  await until(() => one.room.peers === 1 && other.room.peers === 1);
  near.send = () => new Promise(() => {});
  for (let number = 0; number < 8; number += 1) {
    one.room.publish(one.port.put(String(number), "x".repeat(12_000)));
  }
  expect(await one.over).toMatchObject({ reason: "The other peer reads too slowly." });
});

test("who leaves is not waited for", async () => {
  const [near, far] = wires();
  const one = connect(near, "requester");
  const other = connect(far, "receiver");
  await until(() => one.room.peers === 1 && other.room.peers === 1);
  one.connection.leave();
  expect(await other.over).toMatchObject({
    reason: "The other peer left the room.",
    cause: "left",
  });
});

const ROUNDS = Number(process.env.PEERPLAN_MUTATIONS ?? 300);

test("random bytes never do more than end the connection", { timeout: 600_000 }, async () => {
  let seed = 11;
  const byte = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return (seed >> 16) & 255;
  };
  const good = encodeFrame(update([new DocPort().insert("x")]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const [near, far] = wires();
    const one = connect(near, "receiver");
    await far.send(encodeFrame(joinRequest()));
    const bad = good.slice();
    for (let change = 0; change < 3; change += 1) bad[byte() % bad.length] = byte();
    await far.send(bad);
    await far.send("ping");
    await soon();
    far.close();
    await one.over;
  }
});

const ABORTS = readFileSync(
  new URL("../../../tests/support/update_that_aborts_loro.bin", import.meta.url),
);

/** A frame with one update whose count, or whose length, says something else. */
function claiming(number: number[], at: "count" | "length"): Uint8Array {
  const frame = encodeFrame(update([Uint8Array.of(7)]));
  // After the magic, the room's name with its length, and the type.
  const count = 4 + 1 + ROOM.length + 1;
  const place = at === "count" ? count : count + 1;
  expect(frame[place]).toBe(1);
  return Uint8Array.of(...frame.subarray(0, place), ...number, ...frame.subarray(place + 1));
}

const FOUR_BILLION = [255, 255, 255, 255, 15];
const BEYOND = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

test.each([
  ["four billion updates", claiming(FOUR_BILLION, "count")],
  ["an update of four billion bytes", claiming(FOUR_BILLION, "length")],
  ["more updates than numbers can say", claiming(BEYOND, "count")],
])("a frame that claims %s ends its connection and nothing else", async (_, frame) => {
  expect(() => decodeFrame(frame)).toThrow(PeerPlanError);
  const [near, far] = wires();
  const one = connect(near, "receiver");
  await far.send(encodeFrame(joinRequest()));
  await far.send(frame);
  expect(await one.over).toMatchObject({ cause: "broken" });
  await worksOn(one);
});

test("an update at which Loro's native builds abort is refused, and the page lives", async () => {
  const [near, far] = wires();
  const one = connect(near, "receiver");
  await far.send(encodeFrame(joinRequest()));
  await far.send(encodeFrame(update([new Uint8Array(ABORTS)])));
  let answer = await frameTo(far);
  while (answer.type !== MessageType.Ack) answer = await frameTo(far);
  expect(answer.status).toBe(UpdateStatusCode.InvalidUpdate);
  await worksOn(one);
  far.close();
  await one.over;
});

async function frameTo(wire: Wire): Promise<Frame> {
  return decodeFrame((await heard(wire)) as Uint8Array);
}

/** The document still takes what others write, and writes itself. */
async function worksOn({ port }: Made): Promise<void> {
  await port.importUpdates(new DocPort().insert("theirs "));
  port.insert("ours ");
  expect(port.content).toContain("theirs");
  expect(port.content).toContain("ours");
}
