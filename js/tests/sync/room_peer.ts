// A room over one channel, in Node or in a page, driven by one JSON command after the other.
import { PeerPlanError } from "../../src/model/errors";
import type { Channel } from "../../src/sync/channel";
import { Connection, type ConnectionOptions } from "../../src/sync/connection";
import { EncryptedRoom } from "../../src/sync/encrypted_room";
import { CrdtType } from "../../src/sync/frames";
import { terms } from "../../src/sync/introduction";
import type { DocumentPort } from "../../src/sync/ports";
import { Presence } from "../../src/sync/presence";
import { Room } from "../../src/sync/room";
import { DocPort } from "./doc_port";

export interface Command {
  do: string;
  [argument: string]: unknown;
}

/** Takes the commands of `client.mjs`, and answers as it does. */
export class RoomPeer {
  readonly #open: (url?: string) => Promise<Channel>;
  readonly #port = new DocPort();
  readonly #presence: Presence;
  #room: Room;
  #portOf: ConnectionOptions["port"];
  #connection: Connection | null = null;

  constructor(name: string, open: (url?: string) => Promise<Channel>) {
    this.#open = open;
    this.#presence = new Presence(name);
    this.#room = new Room("plan", this.#presence, true);
    const ports = new Map<string, DocumentPort>([
      [CrdtType.Loro, this.#port],
      [CrdtType.LoroEphemeralStore, shown(this.#presence)],
    ]);
    this.#portOf = (crdt) => ports.get(crdt) ?? null;
  }

  async run({ do: name, ...given }: Command): Promise<{ result: unknown } | { error: string }> {
    try {
      return { result: (await this.#commands[name]!(given as never)) ?? null };
    } catch (error) {
      return { error: error instanceof PeerPlanError ? error.message : String(error) };
    }
  }

  get #shape() {
    return {
      content: this.#port.content,
      values: this.#port.lengths,
      presence: this.#presence.states(),
      room: this.#room.peers,
      settled: this.#connection?.settled ?? false,
      unread: this.#room instanceof EncryptedRoom ? this.#room.unread : 0,
    };
  }

  readonly #commands: Record<string, (given: never) => unknown> = {
    join: ({ url }: { url?: string }) => this.#join(url),
    join_encrypted: ({ url, room, key }: { url?: string; room: string; key: string }) => {
      const made = new EncryptedRoom(room, this.#port, this.#presence, hex(key));
      this.#room = made;
      this.#portOf = made.port;
      return this.#join(url);
    },
    insert: ({ at, text }: { at: number; text: string }) =>
      this.#room.publish(this.#port.insert(text, at)),
    fill: ({ key, size }: { key: string; size: number }) => {
      const text = "0123456789abcdef".repeat(size / 16 + 1).slice(0, size);
      this.#room.publish(this.#port.put(key, text));
    },
    present: ({ value }: { value: unknown }) => this.#room.show(this.#presence.say(value)),
    absent: () => this.#room.show(this.#presence.silence()),
    shape: () => this.#shape,
    until: (wanted: { part: string; expected: unknown }) => this.#until(wanted),
    close: () => this.#connection?.leave(),
  };

  async #join(url?: string): Promise<void> {
    const channel = await this.#open(url);
    this.#connection = new Connection(channel, {
      role: "requester",
      room: this.#room,
      port: this.#portOf,
      terms: terms({ admit: () => "write" }),
    });
    void this.#connection.run().then(() => channel.close());
  }

  async #until({ part, expected }: { part: string; expected: unknown }): Promise<void> {
    const wanted = sorted(expected);
    while (sorted((this.#shape as Record<string, unknown>)[part]) !== wanted) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function shown(presence: Presence): DocumentPort {
  return {
    version: () => new Uint8Array(),
    updatesSince: () => presence.encodeAll(),
    importUpdates: async (blob) => (presence.hear(blob, null) ? blob : new Uint8Array()),
  };
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** JSON with the keys in order, so that equal values are equal texts. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
