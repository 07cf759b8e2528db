// The unmodified y-webrtc provider with a Yjs document, for a page that a test drives.
import { WebrtcProvider } from "y-webrtc";
import * as Y from "yjs";

globalThis.enter = (room, signaling, password) => {
  const doc = new Y.Doc();
  const provider = new WebrtcProvider(room, doc, {
    signaling,
    password,
    filterBcConns: false,
    peerOpts: { config: { iceServers: [] } },
  });
  globalThis.insert = (text) => doc.getText("content").insert(0, text);
  globalThis.content = () => doc.getText("content").toString();
  globalThis.connected = () =>
    [...(provider.room?.webrtcConns.values() ?? [])].filter((one) => one.connected).length;
  globalThis.signaled = () => provider.signalingConns.every((one) => one.connected);
};
