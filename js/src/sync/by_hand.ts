import { PeerPlanError } from "../model/errors";
import { newId } from "../model/ids";
import type { PairLink } from "./channel";
import { DirectAttempt } from "./direct_attempt";
import { type HandKeys, handText, readHandText, type Said, wrongText } from "./hand_text";

/** Milliseconds in which paths are gathered: a STUN server that is dead would take half a minute. */
const GATHERING = 1000;
/** Seconds that people have to carry both texts. */
const CARRYING = 3600;

/** What two peers need to introduce themselves: the room's secrets, and who this one is. */
export interface HandOptions extends HandKeys {
  me: string;
  iceServers: RTCIceServer[];
  /** See `DirectOptions`. */
  warn?: (warning: string) => void;
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
  /** Gives up what was not answered. */
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
  let isAnswered = false;
  return {
    text: handText({ type: "offer", from: options.me, attempt, sdp }, options),
    close: () => isAnswered || direct.close(),
    async answered(answer) {
      const said = readFrom(answer, "answer", options);
      if (said.attempt !== attempt)
        throw wrongText("This answers another text than the one shown.");
      isAnswered = true;
      direct.signal({ type: "answer", sdp: said.sdp });
      return { other: said.from, link: await direct.opened.catch(apart) };
    },
  };
}

/** Answers an introduction; `invalid_input` for a text that is none of this room. */
export async function answerByHand(text: string, options: HandOptions): Promise<HandAnswer> {
  const said = readFrom(text, "offer", options);
  const direct = begun(options, false);
  direct.signal({ type: "offer", sdp: said.sdp });
  const sdp = await described(direct);
  const answer = { type: "answer", from: options.me, attempt: said.attempt, sdp } as const;
  const linked = direct.opened.then((link) => ({ other: said.from, link }));
  linked.catch(() => undefined);
  return { text: handText(answer, options), linked, close: () => direct.close() };
}

function begun({ iceServers, warn = () => {} }: HandOptions, offers: boolean): DirectAttempt {
  const say = () => {};
  return new DirectAttempt({ offers, iceServers, say, warn, limit: CARRYING, byHand: true });
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

function readFrom(text: string, type: Said["type"], options: HandOptions): Said {
  const said = readHandText(text, type, options);
  if (said.from === options.me) throw wrongText("This text was made by this very page.");
  return said;
}

function apart(error: PeerPlanError): never {
  const hint = "Both have to be in one network, or the invitation has to name a TURN server.";
  throw error.hint ? error : new PeerPlanError(error.code, error.message, { hint, cause: error });
}
