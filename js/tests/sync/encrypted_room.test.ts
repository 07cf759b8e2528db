// @vitest-environment node
import { afterEach, expect, test } from "vitest";
import type { Message } from "../../src/sync/channel";
import { Connection, type Ending } from "../../src/sync/connection";
import { EncryptedRoom } from "../../src/sync/encrypted_room";
import type { SessionEvent } from "../../src/sync/events";
import { CrdtType, decodeFrame, encodeFrame, type Frame, MessageType } from "../../src/sync/frames";
import { type Terms, terms } from "../../src/sync/introduction";
import { Presence } from "../../src/sync/presence";
import { DocPort, joinRequest, limited, types, update } from "./pairs";
import { wires } from "./wires";

const ROOM = "zlnpcBGi2djI1xilwDy01w";
const KEY = new Uint8Array(32).map((_, index) => index);
const presences: Presence[] = [];

afterEach(() => {
  for (const one of presences.splice(0)) one.close();
});

type Wire = ReturnType<typeof wires>[0];

/** A peer with the room's key, or another, and how it is connected. */
class Peer {
  readonly port = new DocPort();
  readonly presence: Presence;
  readonly room: EncryptedRoom;
  readonly events: SessionEvent[] = [];

  constructor(name: string, key: Uint8Array = KEY) {
    this.presence = new Presence(name);
    presences.push(this.presence);
    this.room = new EncryptedRoom(ROOM, this.port, this.presence, key);
  }

  connect(wire: Wire, role: "requester" | "receiver", given: Partial<Terms> = {}): Connected {
    const { room } = this;
    const connection = new Connection(wire, {
      role,
      room,
      port: room.port,
      listen: (_, event) => this.events.push(event),
      terms: terms({ admit: () => "write", ...given }),
    });
    return { connection, over: connection.run() };
  }

  write(text: string): void {
    this.room.publish(this.port.insert(text));
  }
}

interface Connected {
  connection: Connection;
  over: Promise<Ending>;
}

interface Link {
  one: Connected;
  other: Connected;
  /** All that went over it, in either direction. */
  heard: Uint8Array[];
  cut(): Promise<void>;
}

function link(one: Peer, other: Peer, given: Partial<Terms> = {}): Link {
  const ends = wires();
  const heard: Uint8Array[] = [];
  for (const end of ends) overhear(end, heard);
  const made = {
    one: one.connect(ends[0], "requester", given),
    other: other.connect(ends[1], "receiver", given),
  };
  const cut = async () => {
    ends[0].close();
    await Promise.all([made.one.over, made.other.over]);
  };
  return { ...made, heard, cut };
}

function overhear(wire: Wire, heard: Uint8Array[]): void {
  const send = wire.send.bind(wire);
  wire.send = (message: Message) => {
    if (typeof message !== "string") heard.push(message);
    return send(message);
  };
}

function frames(heard: Uint8Array[]): Frame[] {
  return heard.map(decodeFrame);
}

async function until(holds: () => unknown): Promise<void> {
  const patience = Date.now() + 20_000;
  while (!holds() && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(holds()).toBeTruthy();
}

test("two rooms with the key are kept equal, and nothing of it is said in the open", async () => {
  const [ada, bob] = [new Peer("ada"), new Peer("bob")];
  ada.port.insert("ours ");
  bob.port.insert("theirs ");
  const { one, other, heard, cut } = link(ada, bob);
  await until(() => ada.port.content.length === 12 && ada.port.content === bob.port.content);
  ada.write("secret ");
  bob.write("🙂 ");
  await until(() => ada.port.content.length === 22 && ada.port.content === bob.port.content);
  await until(() => one.connection.settled && other.connection.settled);
  expect(ada.room.peers).toBe(1);
  await cut();
  const kinds = new Set(frames(heard).map(({ crdt }) => crdt));
  expect(kinds).toEqual(new Set([CrdtType.Elo, CrdtType.LoroEphemeralStore]));
  const said = Buffer.concat(heard);
  for (const word of ["secret", "ours", "theirs"]) expect(said.includes(word)).toBe(false);
});

test("600 kB travel in fragments of 15,000 bytes, and are acknowledged", async () => {
  const [ada, bob] = [new Peer("ada"), new Peer("bob")];
  ada.port.put("before", "x".repeat(600_000));
  const { one, heard, cut } = link(ada, bob);
  await until(() => bob.port.lengths.before === 600_000);
  ada.room.publish(ada.port.put("live", "y".repeat(300_000)));
  await until(() => bob.port.lengths.live === 300_000 && one.connection.settled);
  await cut();
  const sent = types(frames(heard));
  expect(sent.filter((type) => type === MessageType.DocUpdateFragment).length).toBeGreaterThan(55);
  expect(Math.max(...heard.map((frame) => frame.length))).toBeLessThan(16 * 1024);
});

test("after a lost link only what was missed is sent", async () => {
  const [ada, bob] = [new Peer("ada"), new Peer("bob")];
  ada.port.put("before", "x".repeat(200_000));
  const first = link(ada, bob);
  await until(() => bob.port.lengths.before === 200_000);
  await first.cut();
  ada.write("missed ");
  bob.write("offline ");
  expect([ada.room.unsent, bob.room.unsent]).toEqual([1, 1]);
  const second = link(ada, bob);
  await until(() => ada.port.content.length === 15 && ada.port.content === bob.port.content);
  await until(() => second.one.connection.settled && ada.room.unsent === 0);
  await second.cut();
  expect(Buffer.concat(second.heard).length).toBeLessThan(5000);
});

test("what comes from one is told to the others of the room", async () => {
  const [ada, bob, eve] = [new Peer("ada"), new Peer("bob"), new Peer("eve")];
  const links = [link(ada, bob), link(eve, bob)];
  await until(() => bob.room.peers === 2);
  ada.write("hello ");
  await until(() => eve.port.content === "hello ");
  eve.write("back ");
  await until(() => ada.port.content === "back hello ");
  await Promise.all(links.map(({ cut }) => cut()));
});

test("who serves the room tells each who else is here, also those who come later", async () => {
  const [ada, bob, eve] = [new Peer("ada"), new Peer("bob"), new Peer("eve")];
  const links = [link(ada, bob)];
  ada.room.show(ada.presence.say("first"));
  await until(() => bob.presence.states().ada === "first");
  links.push(link(eve, bob));
  await until(() => eve.presence.states().ada === "first");
  eve.room.show(eve.presence.say("second"));
  await until(() => ada.presence.states().eve === "second");
  eve.room.show(eve.presence.silence());
  await until(() => !("eve" in ada.presence.states()));
  await Promise.all(links.map(({ cut }) => cut()));
});

test("who has another key reads nothing, is not read, and disturbs nobody", async () => {
  const [ada, stranger] = [new Peer("ada"), new Peer("eve", new Uint8Array(32))];
  ada.port.insert("ours");
  const { heard, cut } = link(ada, stranger);
  ada.room.show(ada.presence.say("here"));
  stranger.room.show(stranger.presence.say("there"));
  await until(() => stranger.room.unread > 0);
  for (let turn = 0; turn < 5; turn += 1) stranger.write("theirs");
  await until(() => ada.room.unread >= 5);
  const said = () => frames(heard).filter((frame) => frame.crdt === CrdtType.LoroEphemeralStore);
  await until(() => types(said()).filter((type) => type === MessageType.DocUpdate).length >= 2);
  expect([ada.port.content, stranger.port.content]).toEqual(["ours", "theirs".repeat(5)]);
  expect([ada.presence.states(), stranger.presence.states()]).toEqual([
    { ada: "here" },
    { eve: "there" },
  ]);
  expect(ada.room.peers).toBe(1);
  await cut();
});

test("who is here is seen by those with the key, until it says goodbye", async () => {
  const [ada, bob] = [new Peer("ada"), new Peer("bob")];
  ada.room.show(ada.presence.say({ at: "step 1" }));
  const { heard, cut } = link(ada, bob);
  await until(() => JSON.stringify(bob.presence.states().ada) === '{"at":"step 1"}');
  bob.room.show(bob.presence.say({ at: "step 2" }));
  await until(() => JSON.stringify(ada.presence.states().bob) === '{"at":"step 2"}');
  await new Promise((resolve) => setTimeout(resolve, 10));
  ada.room.show(ada.presence.silence());
  await until(() => !("ada" in bob.presence.states()));
  await cut();
  expect(Buffer.concat(heard).includes("step")).toBe(false);
});

/** The next frame that comes, past keepalive. */
async function next(wire: Wire): Promise<Frame> {
  const message = await wire.receive();
  return typeof message === "string" ? next(wire) : decodeFrame(message!);
}

test("a room with a key is not joined in the open", async () => {
  const [near, far] = wires();
  const ada = new Peer("ada");
  const { over } = ada.connect(near, "receiver");
  await far.send(encodeFrame({ ...joinRequest(), roomId: ROOM }));
  expect(await next(far)).toMatchObject({ type: MessageType.JoinError, crdt: CrdtType.Loro });
  far.close();
  await over;
});

test("who sends what is no container is put out at the third time", async () => {
  const [near, far] = wires();
  const ada = new Peer("ada");
  const { over } = ada.connect(near, "receiver");
  const place = { crdt: CrdtType.Elo, roomId: ROOM } as const;
  await far.send(encodeFrame({ ...joinRequest(), ...place }));
  expect((await next(far)).type).toBe(MessageType.JoinResponseOk);
  for (let turn = 0; turn < 3; turn += 1) {
    await far.send(encodeFrame({ ...update([new Uint8Array(9).fill(255)]), ...place }));
    expect(await next(far)).toMatchObject({ type: MessageType.Ack, status: 4 });
  }
  expect(await over).toMatchObject({ cause: "broken" });
});

test("a document is held to its limit", async () => {
  const [ada, bob] = [new Peer("ada"), new Peer("bob")];
  const { other } = link(ada, bob, limited({ document: 20_000 }));
  await until(() => bob.room.peers === 1);
  ada.room.publish(ada.port.put("a", "x".repeat(12_000)));
  await until(() => bob.port.lengths.a === 12_000);
  ada.room.publish(ada.port.put("b", "x".repeat(12_000)));
  expect(await other.over).toMatchObject({ cause: "broken" });
  expect(bob.port.lengths).toEqual({ a: 12_000 });
});
