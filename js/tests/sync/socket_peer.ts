// The browser's sessions on a WebSocket in Node, driven by one JSON command per line.
import { createInterface } from "node:readline";
import { WebSocket as NodeSocket } from "ws";
import { SocketChannel } from "../../src/sync/socket_channel";
import { loadLoroHere } from "../support/loro";
import { RoomPeer } from "./room_peer";

const [, , url, wasm] = process.argv;
loadLoroHere(wasm);

const peer = new RoomPeer("node", async (other = url) => {
  const channel = new SocketChannel(new NodeSocket(other!) as unknown as WebSocket);
  await channel.opened;
  return channel;
});

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`=${JSON.stringify(await peer.run(JSON.parse(line)))}\n`);
}
process.exit(0);
