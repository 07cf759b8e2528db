// @vitest-environment node
import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/invitations.json";
import { PeerPlanError } from "../../src/model/errors";
import { fragmentOf, issue, newRoom, parseInvitation, roomSecret } from "../../src/sync/invitation";
import { b64u, keyPair, newKeyPair, unb64u } from "../../src/sync/keys";
import type { IceServer } from "../../src/sync/servers";

function refusal(run: () => unknown): PeerPlanError {
  try {
    run();
  } catch (error) {
    if (error instanceof PeerPlanError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

test.each(vectors.rooms)("a room's id commits to its owner, salt and key", (told) => {
  expect(keyPair(unb64u(told.seed, 32)).did).toBe(told.owner);
  const made = roomSecret(told.owner, unb64u(told.salt, 16), unb64u(told.key, 32));
  expect(made.room).toBe(told.room);
});

test.each(vectors.links)("a link says what the owner granted: %#", (told) => {
  const made = parseInvitation(told.url, "", told.now);
  expect(made.key.did).toBe(told.id);
  expect(made.grant).toEqual(told.grant);
  expect([b64u(made.secret.key), b64u(made.key.seed)]).toEqual([told.key, told.seed]);
  expect([made.servers, made.ice]).toEqual([told.servers, told.ice]);
  expect(fragmentOf(made)).toBe(told.fragment);
});

test.each(vectors.links)("the owner issues the same link: %#", ({ grant, now, ...told }) => {
  const owner = keyPair(unb64u(vectors.rooms[0]!.seed, 32));
  const secret = parseInvitation(told.url, "", now).secret;
  const { plan, expires } = grant;
  const role = grant.role as "owner" | "reviewer" | "viewer";
  const terms = { plan, role, expires, servers: told.servers, ice: told.ice as IceServer[] };
  expect(fragmentOf(issue(owner, secret, terms, unb64u(told.seed, 32)))).toBe(told.fragment);
});

test.each(vectors.refused)("a wrong link is refused: $name", ({ text, plan, now, reason }) => {
  const error = refusal(() => parseInvitation(text, plan, now));
  expect(error.data.reason).toBe(reason);
  expect(error.code).toBe(reason === "expired" ? "forbidden" : "invalid_input");
});

test("only the owner invites", () => {
  const secret = newRoom(newKeyPair().did);
  const error = refusal(() => issue(newKeyPair(), secret, { plan: "sessions", role: "viewer" }));
  expect(error.code).toBe("forbidden");
});

test("a link cut anywhere is refused", () => {
  const owner = newKeyPair();
  const made = issue(owner, newRoom(owner.did), { plan: "sessions", role: "reviewer" });
  const whole = fragmentOf(made);
  expect(parseInvitation(whole, "sessions")).toEqual(made);
  for (let end = 0; end < whole.length; end += 1)
    refusal(() => parseInvitation(whole.slice(0, end), "sessions"));
});
