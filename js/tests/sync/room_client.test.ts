// @vitest-environment node
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import type { MeetingState } from "../../src/sync/meeting";
import { parseRelayFrame, relayFrame } from "../../src/sync/relay_frames";
import { RoomClient } from "../../src/sync/room_client";
import { eventually } from "./members";

vi.setConfig({ testTimeout: 20_000 });

const ROOM = "room";
const ME = "me";
const ended: (() => void)[] = [];

beforeEach(() => {
  vi.stubGlobal("WebSocket", WebSocket);
});

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

type Said = Record<string, unknown>;

/** A room server that says what a test tells it to. */
class Server {
  readonly heard: (Said | Uint8Array)[] = [];
  readonly sockets: WebSocket[] = [];
  /** Whether it knows `join`, as our servers do and those of y-webrtc do not. */
  joins = true;
  readonly listening: Promise<unknown>;
  readonly #server: WebSocketServer;

  constructor() {
    this.#server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    this.listening = once(this.#server, "listening");
    this.#server.on("connection", (socket) => this.#connected(socket));
    ended.push(() => this.close());
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  say(message: Said | Uint8Array | string): void {
    const plain = typeof message === "string" || message instanceof Uint8Array;
    for (const socket of this.sockets) socket.send(plain ? message : JSON.stringify(message));
  }

  close(): void {
    for (const socket of this.sockets.splice(0)) socket.terminate();
    this.#server.close();
  }

  of(type: string): Said[] {
    const said = this.heard.filter((one): one is Said => !(one instanceof Uint8Array));
    return said.filter((one) => one.type === type);
  }

  #connected(socket: WebSocket): void {
    this.sockets.push(socket);
    socket.on("message", (data: Buffer, binary) => {
      if (binary) this.heard.push(new Uint8Array(data));
      else {
        const said = JSON.parse(data.toString()) as Said;
        this.heard.push(said);
        const iceServers = [{ urls: "stun:127.0.0.1" }, "nonsense"];
        if (said.type === "join" && this.joins)
          this.say({ type: "joined", topic: ROOM, iceServers });
      }
    });
  }
}

async function listening(): Promise<Server> {
  const server = new Server();
  await server.listening;
  return server;
}

interface Heard {
  signals: string[];
  frames: [string, Uint8Array][];
  gone: string[];
  states: MeetingState[];
}

function enter(...servers: string[]): { client: RoomClient; heard: Heard } {
  const client = new RoomClient(servers, ROOM, ME);
  const heard: Heard = { signals: [], frames: [], gone: [], states: [] };
  client.open({
    signal: (data) => heard.signals.push(data),
    frame: (from, payload) => heard.frames.push([from, payload]),
    gone: (peer) => heard.gone.push(peer),
    moved: () => heard.states.push(client.state),
  });
  ended.push(() => client.close());
  return { client, heard };
}

test("it subscribes, joins, and hears what is of its room", async () => {
  const server = await listening();
  const { client, heard } = enter(server.url);
  await eventually(() => client.state.relays);
  expect(server.of("subscribe")).toEqual([{ type: "subscribe", topics: [ROOM] }]);
  expect(server.of("join")).toMatchObject([{ topic: ROOM, id: ME }]);
  expect(client.iceServers).toEqual([{ urls: "stun:127.0.0.1" }]);
  server.say({ type: "publish", topic: "another", data: "no" });
  server.say({ type: "publish", topic: ROOM, data: "own", from: ME });
  server.say({ type: "publish", topic: ROOM, data: 7 });
  server.say({ type: "gone", topic: "another", id: "no" });
  server.say({ type: "something", topic: ROOM });
  server.say(relayFrame("another", "no", Uint8Array.of(1)));
  server.say({ type: "publish", topic: ROOM, data: "yes" });
  server.say({ type: "gone", topic: ROOM, id: "them" });
  server.say(relayFrame(ROOM, "them", Uint8Array.of(1, 2)));
  await eventually(() => heard.frames.length);
  expect(heard.frames).toEqual([["them", Uint8Array.of(1, 2)]]);
  expect([heard.signals, heard.gone]).toEqual([["yes"], ["them"]]);
});

test("it publishes to all and to one, and relays frames", async () => {
  const server = await listening();
  const { client } = enter(server.url);
  expect(client.publish("early", null)).toBe(false);
  await expect(client.sendFrame("them", new Uint8Array())).rejects.toMatchObject({
    code: "unreachable",
  });
  await eventually(() => client.state.relays);
  client.publish("all", null);
  client.publish("one", "them");
  await client.sendFrame("them", Uint8Array.of(9));
  await eventually(() => server.heard.some((one) => one instanceof Uint8Array));
  const topic = ROOM;
  expect(server.of("publish")).toEqual([
    { type: "publish", topic, data: "all" },
    { type: "publish", topic, data: "one", to: "them" },
  ]);
  const frame = server.heard.find((one) => one instanceof Uint8Array)!;
  expect(parseRelayFrame(frame)).toEqual({ topic, peer: "them", payload: Uint8Array.of(9) });
});

test("it comes again with the same secret after the connection was cut", async () => {
  const server = await listening();
  const { client } = enter(server.url);
  await eventually(() => client.state.relays);
  for (const socket of server.sockets.splice(0)) socket.terminate();
  await eventually(() => server.of("join").length === 2 && client.state.relays);
  const [first, second] = server.of("join");
  expect(first).toEqual(second);
});

test("it takes the next server where the first is not there, or stops", async () => {
  const gone = await listening();
  const url = gone.url;
  gone.close();
  const [second, third] = [await listening(), await listening()];
  const { client } = enter(url, second.url, third.url);
  await eventually(() => client.state.relays);
  expect(client.state.server).toBe(second.url);
  second.say({ type: "drain" });
  await eventually(() => client.state.relays && client.state.server === third.url);
});

test("it says why the server closed", async () => {
  const server = await listening();
  const { client, heard } = enter(server.url);
  await eventually(() => client.state.relays);
  server.say({ type: "error", code: "crowded", message: "There are 200 members already." });
  for (const socket of server.sockets) socket.close();
  await eventually(() => heard.states.some(({ state }) => state === "offline"));
  const offline = heard.states.find(({ state }) => state === "offline");
  expect(offline?.detail).toBe("There are 200 members already.");
});

test.each([
  ["no JSON", "{"],
  ["no object", "7"],
  ["a frame that ends within its names", new Uint8Array([200])],
])("it leaves a server that sends %s", async (_, message) => {
  const [bad, good] = [await listening(), await listening()];
  const { client } = enter(bad.url, good.url);
  await eventually(() => client.state.relays);
  bad.say(message);
  await eventually(() => bad.of("join").length > 1 || client.state.server === good.url);
});

test("a server that speaks y-webrtc only will do, without relaying", async () => {
  const plain = await listening();
  plain.joins = false;
  const { client, heard } = enter(plain.url);
  await eventually(() => client.state.state === "live");
  expect(client.state.relays).toBe(false);
  expect(client.publish("hello", null)).toBe(true);
  plain.say({ type: "publish", topic: ROOM, data: "signal" });
  await eventually(() => heard.signals.length);
});

test("a server whose answer was lost is asked again", async () => {
  const server = await listening();
  server.joins = false;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  ended.push(() => vi.useRealTimers());
  const { client } = enter(server.url);
  await eventually(() => server.of("join").length === 1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(client.state).toMatchObject({ state: "live", relays: false });
  server.joins = true;
  await vi.advanceTimersByTimeAsync(25_000);
  await eventually(() => client.state.relays);
  expect(server.of("join")).toHaveLength(2);
});

test("an address that this page may not use is passed over", async () => {
  const good = await listening();
  const { client } = enter("nonsense://x", good.url);
  await eventually(() => client.state.relays);
  expect(client.state.server).toBe(good.url);
});

test("a socket that says nothing after a sleep is left for a new one", async () => {
  const server = await listening();
  const { client, heard } = enter(server.url);
  await eventually(() => client.state.relays);
  client.retryNow();
  client.retryNow();
  await eventually(() => server.of("join").length === 2);
  expect(server.of("ping")).toHaveLength(1);
  expect(heard.states.map(({ detail }) => detail)).toContain("The room server does not answer.");
});
