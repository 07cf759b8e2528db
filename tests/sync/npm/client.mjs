// The unmodified LoroWebsocketClient, driven by one JSON command per line.
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { EloAdaptor, LoroAdaptor, LoroEphemeralAdaptor } from "loro-adaptors/loro";
import { EphemeralStore, LoroDoc } from "loro-crdt";
import { LoroWebsocketClient } from "loro-websocket";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket;

const client = new LoroWebsocketClient({ url: process.argv[2], disablePing: true });
const doc = new LoroDoc();
const store = new EphemeralStore(30_000);
const refused = [];
const checks = new Set();
const changed = () => checks.forEach((check) => check());
doc.subscribe(changed);
store.subscribe(changed);

function shape() {
  const values = Object.entries(doc.getMap("values").toJSON());
  return {
    content: doc.getText("content").toString(),
    values: Object.fromEntries(values.map(([key, value]) => [key, value.length])),
    presence: store.getAllStates(),
    refused,
  };
}

function until(part, expected) {
  const same = () => isDeepStrictEqual(shape()[part], expected);
  return new Promise((resolve) => {
    const check = () => {
      if (!same()) return;
      checks.delete(check);
      resolve(expected);
    };
    checks.add(check);
    check();
  });
}

const commands = {
  async join({ room, auth }) {
    const payload = new TextEncoder().encode(auth ?? "");
    const onUpdateError = (_updates, status) => {
      refused.push(status);
      changed();
    };
    const crdtAdaptor = new LoroAdaptor(doc, { onUpdateError });
    const joined = await client.join({ roomId: room, crdtAdaptor, auth: payload });
    await joined.waitForReachingServerVersion();
    const presence = new LoroEphemeralAdaptor(store);
    await client.join({ roomId: room, crdtAdaptor: presence, auth: payload });
  },
  async join_encrypted({ room, key, keyId }) {
    const secret = { keyId, key: new Uint8Array(Buffer.from(key, "hex")) };
    const onDecryptError = (error) => {
      refused.push(String(error));
      changed();
    };
    const crdtAdaptor = new EloAdaptor(doc, { getPrivateKey: async () => secret, onDecryptError });
    await client.join({ roomId: room, crdtAdaptor });
  },
  insert({ at, text }) {
    doc.getText("content").insert(at, text);
    doc.commit();
  },
  fill({ key, size }) {
    const bytes = Buffer.alloc(size, "0123456789abcdef");
    doc.getMap("values").set(key, bytes.toString());
    doc.commit();
  },
  present: ({ key, value }) => store.set(key, value),
  absent: ({ key }) => store.delete(key),
  ping: () => client.ping(5000),
  shape,
  until: ({ part, expected }) => until(part, expected),
  close: () => client.destroy(),
};

async function run(command) {
  try {
    return { result: (await commands[command.do](command)) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(`=${JSON.stringify(await run(JSON.parse(line)))}`);
process.exit(0);
