// The browser's sessions on a WebSocket, driven by one JSON command per line, as in client.mjs.
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import WebSocket from "ws";
import { PeerPlanError } from "../../src/model/errors";
import { type Channel, closedError, Inbox, type Message } from "../../src/sync/channel";
import { Connection } from "../../src/sync/connection";
import { CrdtType } from "../../src/sync/frames";
import { terms } from "../../src/sync/introduction";
import type { DocumentPort } from "../../src/sync/ports";
import { Presence } from "../../src/sync/presence";
import { Room } from "../../src/sync/room";
import { loadLoroHere } from "../support/loro";
import { DocPort } from "./doc_port";

const [, , url, wasm] = process.argv;
loadLoroHere(wasm);
const port = new DocPort();
const presence = new Presence("node");
const room = new Room("plan", presence, true);
let connection: Connection | null = null;

class SocketChannel implements Channel {
  readonly #inbox = new Inbox(1e9);
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, binary) => {
      this.#inbox.put(binary ? new Uint8Array(data) : data.toString());
    });
    socket.on("close", () => this.#inbox.end());
  }

  async send(message: Message): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) throw closedError();
    this.#socket.send(message);
  }

  receive = () => this.#inbox.take();
  close = () => this.#socket.close();
}

const shown: DocumentPort = {
  version: () => new Uint8Array(),
  updatesSince: () => presence.encodeAll(),
  importUpdates: async (blob) => (presence.hear(blob, null) ? blob : new Uint8Array()),
};

function shape() {
  return {
    content: port.content,
    values: port.lengths,
    presence: presence.states(),
    room: room.peers,
  };
}

type Shape = ReturnType<typeof shape>;

const commands = {
  async join(): Promise<void> {
    const socket = new WebSocket(url!);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const ports = new Map<string, DocumentPort>([
      [CrdtType.Loro, port],
      [CrdtType.LoroEphemeralStore, shown],
    ]);
    connection = new Connection(new SocketChannel(socket), {
      role: "requester",
      room,
      port: (crdt) => ports.get(crdt) ?? null,
      terms: terms({ admit: () => "write" }),
    });
    void connection.run().then(() => socket.close());
  },
  insert: ({ at, text }: { at: number; text: string }) => room.publish(port.insert(text, at)),
  fill: ({ key, size }: { key: string; size: number }) =>
    room.publish(port.put(key, "0123456789abcdef".repeat(size / 16 + 1).slice(0, size))),
  present: ({ value }: { value: unknown }) => room.show(presence.say(value)),
  shape,
  async until({ part, expected }: { part: keyof Shape; expected: unknown }): Promise<void> {
    while (!isDeepStrictEqual(shape()[part], expected)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  settled: () => connection?.settled,
  close: () => connection?.leave(),
};

async function run(line: string): Promise<unknown> {
  const command = JSON.parse(line);
  try {
    return { result: (await commands[command.do as keyof typeof commands](command)) ?? null };
  } catch (error) {
    return { error: error instanceof PeerPlanError ? error.message : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`=${JSON.stringify(await run(line))}\n`);
}
process.exit(0);
