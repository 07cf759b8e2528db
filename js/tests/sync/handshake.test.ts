// @vitest-environment node
import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/handshake.json";
import { Handshake, type Ticket } from "../../src/sync/handshake";
import type { Person } from "../../src/sync/hello";
import { parseInvitation, roomSecret } from "../../src/sync/invitation";
import { b64u, keyPair, unb64u, utf8 } from "../../src/sync/keys";

type Side = (typeof vectors.links)[number]["sides"][number];

/** A handshake as the vectors describe its side. */
function side(told: Side, other: string, binding: string, now: number, revoked: string[] = []) {
  const invitation = told.invitation && parseInvitation(told.invitation, told.plan, now - 99);
  const secret = roomSecret(told.owner, unb64u(told.salt, 16), unb64u(told.roomKey, 32));
  const ticket: Ticket = {
    secret,
    plan: told.plan,
    actor: told.actor as Person,
    key: keyPair(unb64u(told.key, 32)),
    invitation: invitation || null,
  };
  return new Handshake(ticket, told.peer, other, {
    binding: unb64u(binding, Math.floor((binding.length * 3) / 4)),
    clock: () => now,
    revoked: (one) => revoked.includes(one),
    fresh: { nonce: unb64u(told.nonce, 16), ephemeral: unb64u(told.ephemeral, 32) },
  });
}

function text(message: unknown): string {
  const raw = (message as { raw?: string } | null)?.raw;
  return raw ?? JSON.stringify(message);
}

/** What each of two sides says until both are quiet. */
function carried(ones: Handshake, others: Handshake): unknown[][] {
  const said: unknown[][] = [[], []];
  let waiting = [ones.start(), others.start()];
  while (waiting.some((texts) => texts.length)) {
    const [mine, theirs] = waiting as [string[], string[]];
    said[0]?.push(...mine.map((one) => JSON.parse(one)));
    said[1]?.push(...theirs.map((one) => JSON.parse(one)));
    waiting = [
      theirs.flatMap((one) => ones.receive(one)),
      mine.flatMap((one) => others.receive(one)),
    ];
  }
  return said;
}

test.each(vectors.links)("two peers come to know each other: $name", (link) => {
  const [one, other] = link.sides as [Side, Side];
  const ones = side(one, other.peer, link.binding, link.now);
  const others = side(other, one.peer, link.binding, link.now);
  expect(carried(ones, others)).toEqual(link.messages);
  expect([ones.state, others.state]).toEqual(["done", "done"]);
  expect([others.member, ones.member]).toEqual(link.members);
  const pairs = [
    [ones, others],
    [others, ones],
  ] as const;
  for (const [index, [sender, receiver]] of pairs.entries()) {
    const sealed = sender.directions![0].seal(utf8("ping"));
    expect(b64u(sealed)).toBe(link.frames[index]);
    expect(receiver.directions![1].unseal(sealed)).toEqual(utf8("ping"));
  }
});

test.each(vectors.refused)("who is not what they say is refused: $name", (told) => {
  const { binding, now, other, revoked, messages, code } = told;
  const mine = side(told.side as Side, other, binding, now, revoked);
  mine.start();
  for (const message of messages.slice(0, -1)) {
    mine.receive(text(message));
    expect(mine.state).not.toBe("refused");
  }
  const [answer] = mine.receive(text(messages.at(-1)));
  const said = { type: "refused", code, message: mine.error!.message };
  expect(JSON.parse(answer!)).toEqual(told.identity ? { ...said, identity: told.identity } : said);
  expect([mine.state, mine.member]).toEqual(["refused", null]);
});

test.each(vectors.heard)("a refusal is the owner's only where it is signed: $name", (told) => {
  const mine = side(told.side as Side, told.other, told.binding, told.now);
  mine.start();
  for (const message of told.messages) mine.receive(text(message));
  expect(mine.state).toBe("refused");
  expect(mine.error!.data.by ?? "").toBe(told.by);
});

/** As `random.random`, with a seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const ROUNDS = Number(process.env.PEERPLAN_MUTATIONS ?? 300);

test("changed messages are refused and never break anything", { timeout: 600_000 }, () => {
  const link = vectors.links[0]!;
  const [one, other] = link.sides as [Side, Side];
  const texts = link.messages[1]!.map((message) => JSON.stringify(message));
  const next = chance(7);
  for (let round = 0; round < ROUNDS; round += 1) {
    const mine = side(one, other.peer, link.binding, link.now);
    mine.start();
    if (next() < 0.5) mine.receive(texts[0]!);
    const letters = [...texts[Math.floor(next() * 3)]!];
    for (let count = 1 + next() * 4; count > 0; count -= 1)
      letters[Math.floor(next() * letters.length)] = String.fromCharCode(32 + next() * 95);
    mine.receive(letters.join(""));
    expect(mine.member).toBeNull();
  }
});
