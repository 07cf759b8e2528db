// @vitest-environment node
import { expect, test } from "vitest";
import { sealedBundle } from "../../src/page/bundle";
import { agentIn, participantsIn } from "../../src/page/participants";
import { parsePlanFile } from "../../src/page/planfile";
import { isToken } from "../../src/page/token";
import { canonical, joined, newKeyPair, utf8, verified } from "../../src/sync/keys";
import { AGENT, RITA } from "./plans";

const read = (value: unknown) => parsePlanFile(utf8(JSON.stringify(value)), "plan.json");

test("a plan.json is read with its defaults, and anything else is refused in a sentence", () => {
  expect(read({ plan: { id: "sessions", title: "Sessions", more: 1 } })).toMatchObject({
    status: "draft",
    annotations: [],
    policy: { approvals: 1, excludeAuthor: true },
  });
  const wrong: [unknown, RegExp][] = [
    [null, /is JSON but no plan/],
    [{ plan: [] }, /is not valid/],
    [{ plan: { id: "../x", title: "t" } }, /is not valid at id/],
    [{ plan: { id: "sessions", title: "t", annotations: [{ id: "a" }] } }, /annotations\.0/],
    [{ plan: { schemaVersion: 2 } }, /a newer peerplan/],
  ];
  for (const [value, told] of wrong) expect(() => read(value)).toThrow(told);
  expect(() => parsePlanFile(utf8("\ufeff <html>"), "plan.json")).toThrow(/is a web page/);
  expect(() => parsePlanFile(utf8('{"plan": {'), "plan.json")).toThrow(/was cut off/);
});

test("who is here is read from what peers say, whatever they say", () => {
  const here = { peer: "p1", actor: RITA, focus: "a1", waiting: false, working: false, since: 5 };
  const states = {
    me: [here],
    other: [{ ...here, peer: "p2" }, { ...here, peer: "p1" }, 5, null, { peer: 1 }],
    third: "nobody",
    crowd: Array.from({ length: 40 }, (_, at) => ({ ...here, peer: `c${at}` })),
  };
  const found = participantsIn(states, "me");
  expect(found.slice(0, 2).map(({ peer, via }) => [peer, via])).toEqual([
    ["p1", undefined],
    ["p2", "other"],
  ]);
  expect(found).toHaveLength(14);
});

test("an agent that was here is said to be away", () => {
  const none = { state: "none", name: "", since: null } as const;
  const one = { peer: "a", actor: AGENT, focus: null, waiting: true, working: false, since: 7 };
  const waiting = agentIn([one], none);
  expect(waiting).toEqual({ state: "waiting", name: "Bot", since: 7 });
  expect(agentIn([{ ...one, waiting: false }], waiting).state).toBe("working");
  expect(agentIn([], waiting)).toMatchObject({ state: "away", name: "Bot" });
  expect(agentIn([], none)).toBe(none);
});

test("a bundle is signed by who wrote it", () => {
  const key = newKeyPair();
  const bundle = sealedBundle(
    {
      plan: "sessions",
      title: "Sessions",
      repository: "",
      pr: null,
      base: "",
      updates: ["AA=="],
      identity: { ...RITA, id: key.did },
      made: 1,
    },
    key,
  );
  const { sig, ...rest } = bundle;
  const holds = (told: object) =>
    verified(key.did, sig, joined(utf8("peerplan bundle v1\0"), canonical(told)));
  expect(holds(rest)).toBe(true);
  expect(holds({ ...rest, pr: 7 })).toBe(false);
});

test("what cannot be a token is not sent as one", () => {
  expect(isToken("ghp_0123456789abcdef")).toBe(true);
  for (const text of ["", "short", "two words here", "line\nend-of-token", "schlüssel-12345"]) {
    expect(isToken(text)).toBe(false);
  }
});
