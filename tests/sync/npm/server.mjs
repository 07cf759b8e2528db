// The unmodified SimpleServer; prints its port, ends with its input.
// Rooms named "read-only" can be read, and an authentication payload "wrong" is refused.
import { SimpleServer } from "loro-websocket/server";

const server = new SimpleServer({
  port: 0,
  host: "127.0.0.1",
  authenticate: async (room, _crdt, auth) => {
    if (Buffer.from(auth).toString() === "wrong") return null;
    return room === "read-only" ? "read" : "write";
  },
});
await server.start();
console.log(`=${server.wss.address().port}`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
