// The unmodified LoroWebsocketClient over a data channel that looks like a WebSocket.
import { EloAdaptor, LoroAdaptor, LoroEphemeralAdaptor } from "loro-adaptors/loro";
import { EphemeralStore, LoroDoc } from "loro-crdt";
import { LoroWebsocketClient } from "loro-websocket";

export async function commands(channel) {
  class ChannelSocket extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    bufferedAmount = 0;
    send = (data) => channel.send(data);
    close = () => channel.close();
    constructor() {
      super();
      const relay = (event) => this.dispatchEvent(new event.constructor(event.type, event));
      for (const type of ["message", "close"]) channel.addEventListener(type, relay);
      queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
  }
  window.WebSocket = ChannelSocket;
  const client = new LoroWebsocketClient({ url: "ws://channel", disablePing: true });
  const doc = new LoroDoc();
  const store = new EphemeralStore(30_000);
  return {
    async join({ room }) {
      const joined = await client.join({ roomId: room, crdtAdaptor: new LoroAdaptor(doc) });
      await joined.waitForReachingServerVersion();
      await client.join({ roomId: room, crdtAdaptor: new LoroEphemeralAdaptor(store) });
    },
    async join_encrypted({ room, key, keyId }) {
      const secret = { keyId, key: Uint8Array.from(key.match(/../g), (two) => parseInt(two, 16)) };
      const crdtAdaptor = new EloAdaptor(doc, { getPrivateKey: async () => secret });
      await client.join({ roomId: room, crdtAdaptor });
    },
    insert({ text }) {
      doc.getText("content").insert(0, text);
      doc.commit();
    },
    put({ key, size }) {
      doc.getMap("values").set(key, "x".repeat(size));
      doc.commit();
    },
    present: ({ key, value }) => store.set(key, value),
    shape: () => ({
      content: doc.getText("content").toString(),
      values: Object.fromEntries(
        Object.entries(doc.getMap("values").toJSON()).map(([key, text]) => [key, text.length]),
      ),
      presence: store.getAllStates(),
    }),
  };
}
