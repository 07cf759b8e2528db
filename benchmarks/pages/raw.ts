import { comment, type Make } from "./contestant";
import { now } from "./screen";

export interface RawGiven {
  server: string;
  topic: string;
  /** An annotation as JSON; the comment is put in its place. */
  template: Record<string, unknown>;
}

/** Where two meet. */
type Where = Pick<RawGiven, "server" | "topic">;

interface Signal {
  here?: true;
  sdp?: RTCSessionDescriptionInit;
  candidate?: RTCIceCandidateInit | null;
}

const MESSAGE = 15_000;
/** Bytes that may wait in the browser: with more, bursts are lost on the way and it takes longer. */
const HIGH = 64 * 1024;
const QUESTIONS = 200;

/**
 * A bare data channel between two who meet at a room server: `opened` resolves with it. The first
 * to come waits, and the second comes after this has resolved for the first.
 */
async function meet({ server, topic }: Where) {
  const socket = new WebSocket(server);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const me = crypto.randomUUID();
  const say = (signal: Signal) =>
    socket.send(JSON.stringify({ type: "publish", topic, data: { ...signal, from: me } }));
  const connection = new RTCPeerConnection();
  connection.onicecandidate = ({ candidate }) => say({ candidate });
  const subscribed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<RTCDataChannel>();
  const expect = (channel: RTCDataChannel) =>
    channel.addEventListener("open", () => opened.resolve(channel));
  connection.ondatachannel = ({ channel }) => expect(channel);
  socket.onmessage = ({ data }) => {
    const { type, data: signal } = JSON.parse(String(data));
    if (type === "pong") subscribed.resolve();
    if (type === "publish" && signal.from !== me) void hear(signal);
  };

  async function describe(): Promise<void> {
    await connection.setLocalDescription();
    say({ sdp: connection.localDescription! });
  }

  async function hear({ here, sdp, candidate }: Signal): Promise<void> {
    if (here) {
      expect(connection.createDataChannel("raw"));
      await describe();
    }
    if (sdp) await connection.setRemoteDescription(sdp);
    if (sdp?.type === "offer") await describe();
    if (candidate) await connection.addIceCandidate(candidate);
  }

  socket.send(JSON.stringify({ type: "subscribe", topics: [topic] }));
  say({ here: true });
  socket.send(JSON.stringify({ type: "ping" }));
  await subscribed.promise;
  const close = () => {
    connection.close();
    socket.close();
  };
  return { opened: opened.promise, close };
}

export const raw: Make<RawGiven> = async (given, screen) => {
  let channel: RTCDataChannel | null = null;
  const { opened } = await meet(given);
  void opened.then((made) => {
    channel = made;
    channel.onmessage = ({ data }) => screen.show(JSON.parse(data).content);
  });
  let bytes = 0;
  return {
    change(number) {
      const message = JSON.stringify({ ...given.template, content: comment(number) });
      bytes += message.length;
      channel?.send(message);
    },
    ready: () => channel?.readyState === "open",
    bytes: () => bytes,
  };
};

/** Sends so many bytes to who comes next; resolves when one may come. */
export async function give(where: Where, size: number): Promise<void> {
  const { opened } = await meet(where);
  void opened.then(async (channel) => {
    channel.bufferedAmountLowThreshold = HIGH / 2;
    for (let sent = 0; sent < size; sent += MESSAGE) {
      if (channel.bufferedAmount > HIGH)
        await new Promise((resolve) => {
          channel.addEventListener("bufferedamountlow", resolve, { once: true });
        });
      channel.send(new Uint8Array(Math.min(MESSAGE, size - sent)));
    }
  });
}

/** Milliseconds until a bare channel to who gives is open, and until so many bytes came over it. */
export async function take(where: Where, size: number) {
  const started = now();
  const { opened, close } = await meet(where);
  const channel = await opened;
  channel.binaryType = "arraybuffer";
  const all = Promise.withResolvers<number>();
  let came = 0;
  channel.onmessage = ({ data }) => {
    came += data.byteLength;
    if (came >= size) all.resolve(now());
  };
  const took = { opened: now() - started, all: (await all.promise) - started };
  close();
  return took;
}

/**
 * How many milliseconds the other page's clock is ahead of this page's, by the quickest of many
 * questions, and how long that one took.
 */
export async function skew(where: Where) {
  const { opened, close } = await meet(where);
  const channel = await opened;
  let best = { ahead: 0, took: Number.POSITIVE_INFINITY };
  for (let round = 0; round < QUESTIONS; round += 1) {
    const answer = new Promise<number>((resolve) => {
      channel.onmessage = ({ data }) => resolve(Number(data));
    });
    const asked = now();
    channel.send("?");
    const theirs = await answer;
    const took = now() - asked;
    if (took < best.took) best = { ahead: theirs - asked - took / 2, took };
  }
  close();
  return best;
}

/** Answers those questions; resolves when they may come. */
export async function tellTime(where: Where): Promise<void> {
  const { opened } = await meet(where);
  void opened.then((channel) => {
    channel.onmessage = () => channel.send(String(now()));
  });
}
