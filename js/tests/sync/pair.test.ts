// @vitest-environment node
import { expect, test } from "vitest";
import { PeerPlanError } from "../../src/model/errors";
import { newId } from "../../src/model/ids";
import type { PairLink } from "../../src/sync/channel";
import type { Member } from "../../src/sync/handshake";
import { newKeyPair } from "../../src/sync/keys";
import { Pair, type Surroundings } from "../../src/sync/pair";
import { links } from "./wires";

/** A mesh in which the handshake over a link ends as a test says. */
function meeting() {
  const [other, me] = [newId(), newId()];
  const ends = new Map<PairLink, () => Member>();
  const mesh: Surroundings = {
    me,
    say: () => {},
    attempt: () => null,
    relay: () => {
      throw new Error("Nothing is relayed here.");
    },
    greet: async (link) => ends.get(link)!(),
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
  return { pair, other, use };
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
