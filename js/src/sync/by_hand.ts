import { base64urlnopad } from "@scure/base";
import { PeerPlanError } from "../model/errors";
import { newId } from "../model/ids";
import type { PairLink } from "./channel";
import { DirectAttempt } from "./direct_attempt";
import { is, ULID } from "./grant";
import { type Bytes, utf8 } from "./keys";
import { MAX_SDP } from "./sdp";
import { seal, unseal } from "./sealing";

/** Milliseconds in which paths are gathered: a STUN server that is dead would take half a minute. */
const GATHERING = 1000;
/** Seconds that people have to carry both texts. */
const CARRYING = 3600;
const MAX_TEXT = 24_000;

/** What two peers need to introduce themselves: the room's secrets, and who this one is. */
export interface HandOptions {
  me: string;
  room: string;
  signalKey: Uint8Array;
  iceServers: RTCIceServer[];
}

interface Said {
  type: "offer" | "answer";
  from: string;
  attempt: string;
  sdp: string;
}

/** A peer that was introduced, and the link to it. */
export interface ByHand {
  other: string;
  link: PairLink;
}

/** The first text, for another person to take to their page. */
export interface HandOffer {
  text: string;
  /**
   * Takes the text that came back, and resolves when the link is open. Rejects with
   * `invalid_input` for a text that is none or answers another offer, and `unreachable`.
   */
  answered(text: string): Promise<ByHand>;
  close(): void;
}

/** The second text, to be taken back, and the link that opens when it was. */
export interface HandAnswer {
  text: string;
  linked: Promise<ByHand>;
  close(): void;
}

/** Begins an introduction that people carry by hand, with no server at all. */
export async function offerByHand(options: HandOptions): Promise<HandOffer> {
  const attempt = newId();
  const direct = begun(options, true);
  const sdp = await described(direct);
  const text = await written({ type: "offer", from: options.me, attempt, sdp }, options);
  return {
    text,
    close: () => direct.close(),
    async answered(answer) {
      const said = await read(answer, "answer", options);
      if (said.attempt !== attempt) throw wrong("This answers another text than the one shown.");
      direct.signal({ type: "answer", sdp: said.sdp });
      return { other: said.from, link: await direct.opened };
    },
  };
}

/** Answers an introduction; `invalid_input` for a text that is none of this room. */
export async function answerByHand(text: string, options: HandOptions): Promise<HandAnswer> {
  const said = await read(text, "offer", options);
  const direct = begun(options, false);
  direct.signal({ type: "offer", sdp: said.sdp });
  const sdp = await described(direct);
  const answer = { type: "answer", from: options.me, attempt: said.attempt, sdp } as const;
  const linked = direct.opened.then((link) => ({ other: said.from, link }));
  linked.catch(() => undefined);
  return { text: await written(answer, options), linked, close: () => direct.close() };
}

function begun({ iceServers }: HandOptions, offers: boolean): DirectAttempt {
  return new DirectAttempt({ offers, iceServers, say: () => {}, limit: CARRYING, byHand: true });
}

/** The own description with the paths that were found in the time there is. */
async function described({ connection, opened }: DirectAttempt): Promise<string> {
  const late = new Promise((resolve) => setTimeout(resolve, GATHERING));
  const complete = new Promise<void>((resolve) => {
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
  });
  await Promise.race([complete, late, opened]);
  return connection.localDescription!.sdp;
}

async function written(said: Said, { room, signalKey }: HandOptions): Promise<string> {
  const packed = await through(new CompressionStream("deflate-raw"), utf8(JSON.stringify(said)));
  return base64urlnopad.encode(seal(signalKey, packed, aad(room)));
}

async function read(text: string, type: Said["type"], options: HandOptions): Promise<Said> {
  const said = await opened(text.replace(/\s/g, ""), options);
  const known = typeof said === "object" && said !== null ? (said as Partial<Said>) : {};
  const { from, attempt, sdp } = known;
  if (known.type !== type) throw wrong(type === "offer" ? NO_OFFER : NO_ANSWER);
  if (from === options.me) throw wrong("This text was made by this very page.");
  if (!is(ULID, from) || !is(ULID, attempt) || typeof sdp !== "string") throw wrong(NO_OFFER);
  return { type, from, attempt, sdp };
}

const NO_OFFER = "This is not the first text of an introduction.";
const NO_ANSWER = "This is not the text that was sent back.";

async function opened(text: string, { room, signalKey }: HandOptions): Promise<unknown> {
  if (text.length > MAX_TEXT) throw wrong("The text is too long to be an introduction.");
  try {
    const packed = unseal(signalKey, base64urlnopad.decode(text), aad(room));
    const plain = await through(new DecompressionStream("deflate-raw"), packed);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch (cause) {
    const message = "This text is not an introduction into this plan, or not all of it.";
    throw wrong(message, cause);
  }
}

function aad(room: string): Bytes {
  return utf8(`${room}|by hand`);
}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Bytes,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reading = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reading.read();
    if (done) break;
    size += value.length;
    if (size > 2 * MAX_SDP) throw wrong("The text is too long to be an introduction.");
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts as Bytes[]).arrayBuffer());
}

function wrong(message: string, cause?: unknown): PeerPlanError {
  const hint = "Copy the whole text, and open the plan by the same invitation.";
  return new PeerPlanError("invalid_input", message, { hint, cause });
}
