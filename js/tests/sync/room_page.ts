// The browser's sessions in a page: on a WebSocket, or on a data channel that the page has.
import { loadLoro } from "../../src/document/loro";
import type { Channel } from "../../src/sync/channel";
import { DataChannel } from "../../src/sync/data_channel";
import { SocketChannel } from "../../src/sync/socket_channel";
import { type Command, RoomPeer } from "./room_peer";

async function socket(url?: string): Promise<Channel> {
  const channel = new SocketChannel(new WebSocket(url!));
  await channel.opened;
  return channel;
}

/** What takes commands; over `control`, or over a socket to the address with which it joins. */
export async function roomPeer(control?: RTCDataChannel): Promise<RoomPeer> {
  await loadLoro(new URL("loro_wasm_bg.wasm", import.meta.url));
  return new RoomPeer("page", control ? async () => new DataChannel(control, 128 * 1024) : socket);
}

const peer = roomPeer();
Object.assign(globalThis, { command: async (given: Command) => (await peer).run(given) });
