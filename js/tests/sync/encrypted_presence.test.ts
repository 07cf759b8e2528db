// @vitest-environment node
import { base64urlnopad } from "@scure/base";
import { afterEach, beforeAll, expect, test } from "vitest";
import vectors from "../../../tests/vectors/presence.json";
import { EphemeralStore } from "../../src/document/loro";
import { EncryptedPresence } from "../../src/sync/encrypted_presence";
import { LIMITS } from "../../src/sync/limits";
import { Presence } from "../../src/sync/presence";
import { loadLoroHere } from "../support/loro";

const raw = (text: string) => base64urlnopad.decode(text);
const KEY = raw(vectors.key);
const ROOM = vectors.room;
const presences: Presence[] = [];

beforeAll(() => loadLoroHere());
afterEach(() => {
  for (const one of presences.splice(0)) one.close();
});

function presence(key: string): Presence {
  const made = new Presence(key);
  presences.push(made);
  return made;
}

function sealing(one: Presence, key: Uint8Array = KEY, room = ROOM): EncryptedPresence {
  return new EncryptedPresence(one, key, room, LIMITS);
}

/** What a server without the key is told. */
function overheard(blob: Uint8Array): Record<string, unknown> {
  const store = new EphemeralStore(30_000);
  store.apply(blob);
  const states: Record<string, unknown> = store.getAllStates();
  store.destroy();
  return states;
}

test.each(vectors.heard)("what was said is heard as the vectors say: $name", async (told) => {
  const ear = presence("ear");
  expect(await sealing(ear).importUpdates(raw(told.blob))).not.toHaveLength(0);
  expect(ear.states()).toEqual(told.states);
});

test.each(vectors.unheard)("nothing is heard of $name", async ({ blob }) => {
  const ear = presence("ear");
  expect(await sealing(ear).importUpdates(raw(blob))).toHaveLength(0);
  expect(ear.states()).toEqual({});
});

test.each(vectors.broken)("$name is refused", async ({ blob }) => {
  const ear = presence("ear");
  const came = sealing(ear).importUpdates(raw(blob));
  await expect(came).rejects.toMatchObject({ code: "protocol" });
});

test("it is heard by those who have the key, in the same room", async () => {
  const [one, other, stranger, elsewhere] = ["p1", "p2", "p3", "p4"].map(presence);
  const said = sealing(one!).outgoing(one!.say({ at: 1 }));
  expect(await sealing(stranger!, new Uint8Array(32)).importUpdates(said)).toHaveLength(0);
  expect(await sealing(elsewhere!, KEY, "another").importUpdates(said)).toHaveLength(0);
  expect(await sealing(other!).importUpdates(said)).not.toHaveLength(0);
  expect(await sealing(other!).importUpdates(said)).toHaveLength(0);
  expect(other!.states()).toEqual({ p1: { at: 1 } });
  expect(stranger!.states()).toEqual({});
});

test("a server learns who says something, and not what", () => {
  const one = presence("p1");
  one.say({ at: "step 1" });
  const said = sealing(one).updatesSince();
  expect(Object.keys(overheard(said))).toEqual(["p1"]);
  expect(Buffer.from(said).includes("step")).toBe(false);
});

test("who says nothing sends nothing", () => {
  const one = presence("p1");
  expect(sealing(one).updatesSince()).toHaveLength(0);
  expect(sealing(one).outgoing(one.tick())).toHaveLength(0);
});

test("what one said cannot be put into another's mouth", async () => {
  const [one, other] = [presence("p1"), presence("p2")];
  const said = overheard(sealing(one).outgoing(one.say({ at: 1 })));
  const thief = new EphemeralStore(30_000);
  thief.set("p3", said.p1 as never);
  expect(await sealing(other).importUpdates(thief.encodeAll())).toHaveLength(0);
  thief.destroy();
  expect(other.states()).toEqual({});
});

test("too much is refused", async () => {
  const blob = new Uint8Array(LIMITS.presence * 2);
  const came = sealing(presence("ear")).importUpdates(blob);
  await expect(came).rejects.toMatchObject({ code: "too_large" });
});

test("2,000 changed words never break anything", async () => {
  const [one, other] = [presence("p1"), presence("p2")];
  const whole = sealing(one).outgoing(one.say({ at: 1 }));
  const ear = sealing(other);
  for (let round = 0; round < 2000; round += 1) {
    const blob = whole.slice();
    blob[(round * 31) % blob.length]! ^= 1 + (round % 255);
    const news = await ear.importUpdates(blob).catch((error: unknown) => error);
    if (!(news instanceof Uint8Array)) expect(news).toMatchObject({ code: "protocol" });
  }
  expect(["[]", '["p1"]']).toContain(JSON.stringify(Object.keys(other.states())));
});
