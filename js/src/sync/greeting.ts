import { PeerPlanError } from "../model/errors";
import type { PairLink } from "./channel";
import { HANDSHAKE_SECONDS, type Handshake, type Member } from "./handshake";
import { RelayLink } from "./relay_link";

/**
 * Carries a handshake over a link, before anything else is read from it: who is there, proved.
 * Rejects with what the handshake refuses with, `protocol` for anything that is no part of one, and
 * `unreachable` when the link ends or the time is over. The link is the caller's to close.
 */
export async function greet(link: PairLink, handshake: Handshake): Promise<Member> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new PeerPlanError("unreachable", "The other peer did not say who it is in time.");
    timer = setTimeout(() => reject(error), HANDSHAKE_SECONDS * 1000);
  });
  try {
    return await Promise.race([carried(link, handshake), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function carried(link: PairLink, handshake: Handshake): Promise<Member> {
  await say(link, handshake.start());
  while (handshake.state !== "done" && handshake.state !== "refused") {
    const message = await link.control.receive();
    if (message === null) {
      throw new PeerPlanError("unreachable", "The link ended during the handshake.");
    }
    if (typeof message !== "string") {
      throw new PeerPlanError("protocol", "Something else came before the handshake was over.");
    }
    const answer = handshake.receive(message);
    if (link instanceof RelayLink && handshake.directions) link.secure(...handshake.directions);
    await say(link, answer);
  }
  if (handshake.member) return handshake.member;
  throw handshake.error ?? new PeerPlanError("protocol", "The handshake failed.");
}

async function say(link: PairLink, texts: string[]): Promise<void> {
  for (const text of texts) await link.control.send(text);
}
