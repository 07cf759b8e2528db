// @vitest-environment node
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeSocket, WebSocketServer } from "ws";
import { SocketChannel } from "../../src/sync/socket_channel";

let server: WebSocketServer;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
});

afterEach(() => {
  for (const one of server.clients) one.terminate();
  server.close();
});

function dial({ port } = server.address() as AddressInfo): SocketChannel {
  return new SocketChannel(new NodeSocket(`ws://127.0.0.1:${port}`) as unknown as WebSocket);
}

/** A channel to the server, and the server's end. */
async function connected(): Promise<[SocketChannel, NodeSocket]> {
  const arrival = once(server, "connection");
  const channel = dial();
  const [socket] = (await arrival) as [NodeSocket];
  await channel.opened;
  return [channel, socket];
}

test("text and bytes come in their order, and the end after them", async () => {
  const [channel, socket] = await connected();
  socket.send("ping");
  socket.send(new Uint8Array([1, 2]));
  socket.close();
  expect(await channel.receive()).toBe("ping");
  expect(await channel.receive()).toEqual(new Uint8Array([1, 2]));
  expect(await channel.receive()).toBeNull();
  await expect(channel.send("late")).rejects.toMatchObject({ code: "unreachable" });
  expect(channel.sendNow("late")).toBe(false);
});

test("who sends much waits until there is room, and all of it arrives", async () => {
  const [channel, socket] = await connected();
  const sizes: number[] = [];
  socket.on("message", (data: Buffer) => sizes.push(data.length));
  socket.pause();
  let sent = 0;
  const sending = (async () => {
    for (; sent < 200; sent += 1) await channel.send(new Uint8Array(250_000));
  })();
  while (channel.sendNow("more")) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(sent).toBeLessThan(200);
  socket.resume();
  await sending;
  channel.close();
  await once(socket, "close");
  expect(sizes.filter((size) => size === 250_000)).toHaveLength(200);
});

test("a server that is not there is unreachable", async () => {
  const gone = server.address() as AddressInfo;
  server.close();
  const channel = dial(gone);
  await expect(channel.opened).rejects.toMatchObject({ code: "unreachable" });
  expect(await channel.receive()).toBeNull();
});
