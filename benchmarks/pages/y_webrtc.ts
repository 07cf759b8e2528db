import { WebrtcProvider } from "y-webrtc";
import * as Y from "yjs";
import { comment, type Make } from "./contestant";
import type { RawGiven } from "./raw";

/** The published y-webrtc: a comment is a value of a Y.Map. */
export const yWebrtc: Make<RawGiven> = async ({ server, topic, template }, screen) => {
  const doc = new Y.Doc();
  const annotations = doc.getMap<Record<string, unknown>>("annotations");
  const provider = new WebrtcProvider(topic, doc, {
    signaling: [server],
    peerOpts: { config: { iceServers: [] } },
  });
  annotations.observe(({ keysChanged, transaction }) => {
    if (transaction.local) return;
    for (const key of keysChanged) screen.show(annotations.get(key)?.content);
  });
  let bytes = 0;
  doc.on(
    "update",
    (update: Uint8Array, _origin: unknown, _doc: unknown, { local }: Y.Transaction) => {
      if (local) bytes += update.length;
    },
  );
  const links = () => [...(provider.room?.webrtcConns.values() ?? [])];
  return {
    change(number) {
      const id = crypto.randomUUID();
      annotations.set(id, { ...template, id, content: comment(number) });
    },
    ready: () => links().some(({ connected, synced }) => connected && synced),
    bytes: () => bytes,
  };
};
