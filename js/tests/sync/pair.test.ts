// @vitest-environment node
import { expect, test } from "vitest";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import type { PairLink } from "../../src/sync/channel";
import type { DirectAttempt, Negotiation } from "../../src/sync/direct_attempt";
import type { Member } from "../../src/sync/handshake";
import { newKeyPair } from "../../src/sync/keys";
import type { Meeting } from "../../src/sync/meeting";
import { Pair } from "../../src/sync/pair";
import { RelayLink } from "../../src/sync/relay_link";
import type { Surroundings } from "../../src/sync/surroundings";
import { eventually } from "./members";
import { links } from "./wires";

const FAR = `7${"Z".repeat(25)}`;
const SERVER = { path: "relay", state: { state: "live", relays: true } } as Meeting;

/** A try at a direct connection that never opens. */
class Try {
  readonly opened = new Promise<PairLink>(() => {});
  readonly heard: Negotiation[] = [];
  closed = false;

  signal(said: Negotiation): void {
    this.heard.push(said);
  }

  close(): void {
    this.closed = true;
  }
}

/** A mesh in which the handshake over a link ends as a test says, or never. */
function meeting({ offers = false } = {}) {
  const [low, high] = [newId(), newId()].sort() as [string, string];
  const [me, other] = offers ? [high, low] : [low, high];
  const ends = new Map<PairLink, () => Member>();
  /** Who comes by which relayed attempt. */
  const people = new Map<string, Member>();
  const tries: Try[] = [];
  const mesh: Surroundings = {
    me,
    say: () => {},
    attempt: () => tries[tries.push(new Try()) - 1] as unknown as DirectAttempt,
    relay(_, to, attempt) {
      const helloKey = new Uint8Array(32);
      const where = {
        room: "room",
        me,
        other: to,
        attempt,
        path: "relay",
        offered: false,
      } as const;
      const link = new RelayLink({ ...where, helloKey, send: async () => {} });
      const told = people.get(attempt);
      if (told) ends.set(link, () => told);
      return link;
    },
    greet: (link) => new Promise((resolve) => ends.has(link) && resolve(ends.get(link)!())),
    carry: async (_pair, link) => void (await link.closed),
    refused: () => {},
    changed: () => {},
  };
  const pair = new Pair(mesh, other);
  const use = (ended: () => Member) => {
    const [link] = links();
    ends.set(link, ended);
    return { link, used: pair.use(link) };
  };
  const relayedBy = async (attempt: string, who?: Member) => {
    if (who) people.set(attempt, who);
    pair.signal(SERVER, { type: "relay", attempt, from: other, to: me });
    await Promise.resolve();
    await Promise.resolve();
  };
  const offered = (attempt: string) =>
    pair.signal(SERVER, { type: "offer", attempt, sdp: "", from: other, to: me });
  return { pair, mesh, other, use, tries, relayedBy, offered };
}

function member(peer: string, name: string): Member {
  const identity = { id: newKeyPair().did, name, kind: "human" } as const;
  return { peer, identity, role: "reviewer", invitation: null, expires: 0 };
}

test("a newer link of the same person takes the place of the one that is there", async () => {
  const { pair, other, use } = meeting();
  const bob = member(other, "Bob");
  const first = use(() => bob);
  expect(await first.used).toBe(true);
  const second = use(() => bob);
  expect(await second.used).toBe(true);
  expect(pair.link).toBe(second.link);
  expect(await first.link.closed).toContain("better path");
});

test("nothing else is done while what a closed link brought is still taken in", async () => {
  const { pair, mesh, other, tries } = meeting({ offers: true });
  const [link] = links();
  mesh.greet = async () => member(other, "Bob");
  mesh.carry = async (_pair, { closed }) => {
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  mesh.attempt = () => {
    const made = tries[tries.push(new Try()) - 1]!;
    const opened = tries.length === 1 ? Promise.resolve(link) : made.opened;
    return Object.assign(made, { opened }) as unknown as DirectAttempt;
  };
  let looks = 0;
  const state = () => {
    looks += 1;
    pair.over ||= looks > 100;
    return SERVER.state;
  };
  pair.met(Object.defineProperty({ ...SERVER }, "state", { get: state }));
  await eventually(() => pair.link === link);
  link.close("The other peer is gone.");
  await eventually(() => pair.link === null && tries.length === 2);
  expect(pair.over).toBe(false);
  pair.close("The test is over.");
});

test("who comes under the id of somebody who is here does not take their place", async () => {
  const { pair, other, use } = meeting();
  const { link, used } = use(() => member(other, "Bob"));
  expect(await used).toBe(true);
  const eve = use(() => member(other, "Eve"));
  expect(await eve.used).toBe(false);
  expect(await eve.link.closed).toContain("Somebody else");
  expect([pair.link, pair.member?.identity.name, pair.over]).toEqual([link, "Bob", false]);
});

test("a handshake that fails over another link ends nothing of the one that is there", async () => {
  const { pair, other, use } = meeting();
  const { link, used } = use(() => member(other, "Bob"));
  expect(await used).toBe(true);
  const eve = use(() => {
    throw new PeerPlanError("forbidden", "The proof does not hold.");
  });
  expect(await eve.used).toBe(false);
  expect([pair.link, pair.over, pair.trouble]).toEqual([link, false, ""]);
});

test("a relayed link that somebody makes up ends none, and keeps out none", async () => {
  const { pair, other, relayedBy } = meeting();
  const bob = member(other, "Bob");
  await relayedBy(newId(), bob);
  const first = pair.link;
  expect(first?.path).toBe("relay");
  for (const last of "VWXYZ") {
    await relayedBy(FAR.slice(0, -1) + last);
    pair.frame(SERVER, FAR.slice(0, -1) + last, new Uint8Array(40));
  }
  expect(pair.link).toBe(first);
  expect(await Promise.race([first!.closed, "open"])).toBe("open");
  await relayedBy(newId(), bob);
  expect(pair.link).not.toBe(first);
  expect([pair.link?.path, pair.over]).toEqual(["relay", false]);
  pair.close("The test is over.");
});

test("offers that somebody makes up keep out none, and are given up in their turn", () => {
  const { pair, tries, offered } = meeting();
  for (const last of "XYZZY") offered(FAR.slice(0, -1) + last);
  const attempt = newId();
  offered(attempt);
  expect(tries.map(({ closed }) => closed)).toEqual([true, false, false, false]);
  expect(tries.at(-1)!.heard).toMatchObject([{ attempt }]);
  pair.close("The test is over.");
  expect(tries.every(({ closed }) => closed)).toBe(true);
});
