import { base32nopad } from "@scure/base";
import { PeerPlanError } from "../model/errors";
import { describedBy, essenceOf } from "./essence";
import { is, ULID } from "./grant";
import { type Bytes, joined, utf8 } from "./keys";
import { seal, unseal } from "./sealing";

/** Characters of a text; what is longer is none. */
const MAX_TEXT = 2000;
const ID = 26;

/** What one text of an introduction by hand says. */
export interface Said {
  type: "offer" | "answer";
  from: string;
  attempt: string;
  sdp: string;
}

/** The secrets of the room by which texts are sealed. */
export interface HandKeys {
  room: string;
  signalKey: Uint8Array;
}

/**
 * A text that people carry: only capitals and digits, so that a code of it is small. Its description
 * keeps what others cannot know by themselves.
 */
export function handText({ from, attempt, sdp }: Said, { room, signalKey }: HandKeys): string {
  const plain = joined(utf8(from), utf8(attempt), essenceOf(sdp));
  return base32nopad.encode(seal(signalKey, plain, aad(room)));
}

/** What the text says; `invalid_input` for one that is none of this room, or not the `type`. */
export function readHandText(text: string, type: Said["type"], keys: HandKeys): Said {
  const said = opened(text.replace(/\s/g, "").toUpperCase(), keys);
  if (said.type !== type) throw wrongText(type === "offer" ? NO_OFFER : NO_ANSWER);
  return said;
}

const NO_OFFER = "This is not the first text of an introduction.";
const NO_ANSWER = "This is not the text that was sent back.";

function opened(text: string, { room, signalKey }: HandKeys): Said {
  if (text.length > MAX_TEXT) throw wrongText("The text is too long to be an introduction.");
  try {
    const plain = unseal(signalKey, base32nopad.decode(text), aad(room));
    const [from, attempt] = [plain.subarray(0, ID), plain.subarray(ID, 2 * ID)].map((bytes) =>
      String.fromCharCode(...bytes),
    );
    const sdp = describedBy(plain.subarray(2 * ID));
    if (!is(ULID, from) || !is(ULID, attempt)) throw new RangeError("These are no ids.");
    const type = sdp.includes("a=setup:actpass") ? "offer" : "answer";
    return { type, from, attempt, sdp };
  } catch (cause) {
    const message = "This text is not an introduction into this plan, or not all of it.";
    throw wrongText(message, cause);
  }
}

function aad(room: string): Bytes {
  return utf8(`${room}|by hand`);
}

export function wrongText(message: string, cause?: unknown): PeerPlanError {
  const hint = "Copy the whole text, and open the plan by the same invitation.";
  return new PeerPlanError("invalid_input", message, { hint, cause });
}
