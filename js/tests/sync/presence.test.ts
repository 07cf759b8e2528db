// @vitest-environment node
import { afterEach, expect, test, vi } from "vitest";
import { EphemeralStore } from "../../src/document/loro";
import { LIMITS } from "../../src/sync/limits";
import { Presence, type PresenceOptions } from "../../src/sync/presence";
import { Clock } from "./pairs";

const made: { close?: () => void; destroy?: () => void }[] = [];

function presence(key: string, options: PresenceOptions = {}): Presence {
  const one = new Presence(key, { clock: new Clock().read, ...options });
  made.push(one);
  return one;
}

function store(): EphemeralStore {
  const one = new EphemeralStore(30_000);
  made.push(one);
  return one;
}

afterEach(() => {
  for (const one of made.splice(0)) (one.close ?? one.destroy)?.call(one);
});

test("what one peer says another hears, and those who come later", () => {
  const [one, other, late] = [presence("p1"), presence("p2"), presence("p3")];
  expect(other.hear(one.say({ name: "Ada" }), "p1")).toBe(true);
  expect(late.hear(other.encodeAll(), null)).toBe(true);
  expect(late.states()).toEqual({ p1: { name: "Ada" } });
});

test("hearing the same again changes nothing", () => {
  const [one, other] = [presence("p1"), presence("p2")];
  const said = one.say({ n: 1 });
  expect(other.hear(said, "p1")).toBe(true);
  expect(other.hear(said, "p1")).toBe(false);
  expect(one.say({ n: 1 })).toHaveLength(0);
});

test("words that follow quickly wait, and the last one wins", async () => {
  const clock = new Clock();
  const [one, other] = [presence("p1", { clock: clock.read }), presence("p2")];
  other.hear(one.say(0), "p1");
  for (const number of [1, 2, 3]) expect(one.say(number)).toHaveLength(0);
  expect(one.tick()).toHaveLength(0);
  clock.now += 0.006;
  await new Promise((resolve) => setTimeout(resolve, 3));
  other.hear(one.tick(), "p1");
  expect(other.states()).toEqual({ p1: 3 });
});

test("a peer is said again before it would be forgotten", () => {
  const clock = new Clock();
  const one = presence("p1", { clock: clock.read, lifetime: 30 });
  one.say("here");
  clock.now += 9;
  expect(one.tick()).toHaveLength(0);
  clock.now += 2;
  expect(one.tick().length).toBeGreaterThan(0);
});

test("who left is not shown, and is shown again with the next word", async () => {
  const clock = new Clock();
  const [one, other] = [presence("p1", { clock: clock.read }), presence("p2")];
  other.hear(one.say("here"), "p1");
  other.left("p1");
  expect(other.states()).toEqual({});
  const late = presence("p3");
  late.hear(other.encodeAll(), null);
  expect(late.states()).toEqual({});
  await new Promise((resolve) => setTimeout(resolve, 3));
  clock.now += 1;
  other.hear(one.again(), "p1");
  expect(other.states()).toEqual({ p1: "here" });
});

test("the same again is passed on, so that those who hear it from another go on seeing it", async () => {
  const clock = new Clock();
  const [one, between, far] = ["p1", "p2", "p3"].map((key) => presence(key, { clock: clock.read }));
  let said = one!.say("here");
  for (let round = 0; round < 5; round += 1) {
    expect(between!.hear(said, "p1")).toBe(true);
    expect(far!.hear(said, null)).toBe(true);
    clock.now += 20;
    await new Promise((resolve) => setTimeout(resolve, 3));
    for (const each of [between!, far!]) {
      each.tick();
      expect(each.states()).toEqual({ p1: "here" });
    }
    said = one!.again();
  }
});

test("the same again is passed on seldom", async () => {
  const clock = new Clock();
  const options = { clock: clock.read, lifetime: 30 };
  const [one, other] = [presence("p1", options), presence("p2", options)];
  expect(other.hear(one.say("here"), "p1")).toBe(true);
  let passed = 0;
  for (let second = 0; second < 30; second += 1) {
    clock.now += 1;
    await new Promise((resolve) => setTimeout(resolve, 3));
    passed += Number(other.hear(one.again(), "p1"));
  }
  expect(passed).toBe(6);
});

test("nobody says for another what that one said, in its time", async () => {
  const clock = new Clock();
  const [one, other] = [presence("p1", { clock: clock.read }), presence("p2")];
  other.hear(one.say("here"), "p1");
  clock.now += 1;
  await new Promise((resolve) => setTimeout(resolve, 3));
  expect(() => other.hear(one.again(), "p3")).toThrow("spoke for another");
});

test("nobody speaks for another but owners, who relay", () => {
  const [one, other] = [presence("p1"), presence("p2")];
  const said = one.say("mine");
  expect(() => other.hear(said, "p3")).toThrow("spoke for another");
  expect(other.states()).toEqual({});
  expect(other.hear(said, null)).toBe(true);
});

test("the own key is not left to others", async () => {
  const clock = new Clock();
  const one = presence("p1", { clock: clock.read });
  one.say("mine");
  await new Promise((resolve) => setTimeout(resolve, 3));
  const thief = store();
  thief.set("p1", "theirs");
  one.hear(thief.encodeAll(), null);
  await new Promise((resolve) => setTimeout(resolve, 3));
  clock.now += 1;
  expect(one.tick().length).toBeGreaterThan(0);
  expect(one.states()).toEqual({ p1: "mine" });
});

test("own words have to be small JSON", () => {
  const one = presence("p1");
  expect(() => one.say("x".repeat(5000))).toThrow("4096 are allowed");
  expect(() => one.say(new Uint8Array(3))).toThrow("has to be JSON");
  expect(() => one.say(Number.NaN)).toThrow("has to be JSON");
  expect(one.states()).toEqual({});
});

function hostile(keys: number, value: unknown): Uint8Array {
  const one = store();
  for (let number = 0; number < keys; number += 1) one.set(`key${number}`, value as never);
  return one.encodeAll();
}

test.each([
  ["a long value", () => hostile(1, "x".repeat(5000)), "too_large"],
  ["too much", () => new Uint8Array(LIMITS.presence + 1), "too_large"],
  ["a crowd", () => hostile(201, 1), "forbidden"],
  ["bytes", () => hostile(1, new Uint8Array(3)), "protocol"],
  ["nothing", () => new Uint8Array(), "protocol"],
  ["noise", () => new Uint8Array(40).fill(255), "protocol"],
  ["a cut message", () => new Uint8Array([1, 1, 107, 1, 5]), "protocol"],
  ["lists in lists", () => nested([5, 1], 30_000), "protocol"],
  ["maps in maps", () => nested([6, 1, 1, 97], 30_000), "protocol"],
])("%s is refused and nothing of it kept", (_, blob, code) => {
  const one = presence("p1");
  expect(() => one.hear(blob(), null)).toThrow(expect.objectContaining({ code }));
  expect(one.states()).toEqual({});
});

/** A well-formed blob (postcard) whose only value is nested that deep. */
function nested(opening: number[], depth: number): Uint8Array {
  const stamp: number[] = [];
  let number = 2 * Date.now();
  while (number >= 0x80) {
    stamp.push((number % 0x80) | 0x80);
    number = Math.floor(number / 0x80);
  }
  const deep = Array.from({ length: depth }, () => opening).flat();
  return new Uint8Array([1, 1, 107, 1, ...deep, 0, ...stamp, number]);
}

test.each([-1, 1])(
  "a clock that is %d days off hides nobody, and who is silent is forgotten",
  (days) => {
    const clock = new Clock();
    const [one, other] = [presence("p1"), presence("p2", { clock: clock.read, lifetime: 30 })];
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * 24 * 3600 * 1000 });
    const said = one.say("here");
    vi.useRealTimers();
    expect(other.hear(said, "p1")).toBe(true);
    clock.now += 29;
    other.tick();
    expect(other.states()).toEqual({ p1: "here" });
    expect(other.hear(said, "p1")).toBe(false);
    clock.now += 2;
    other.tick();
    expect(other.states()).toEqual({});
    expect(presence("p3").hear(other.encodeAll(), null)).toBe(false);
  },
);
