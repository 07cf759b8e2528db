// @vitest-environment node
import { base64urlnopad } from "@scure/base";
import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/sealing.json";
import { PeerPlanError } from "../../src/model/errors";
import { b64u, canonical, derive, type Purpose, unb64u, utf8 } from "../../src/sync/keys";
import { Direction, seal, unseal } from "../../src/sync/sealing";

const raw = (text: string) => base64urlnopad.decode(text);

test("keys are derived as the shared vectors say", () => {
  const { room, key, keys } = vectors.derived;
  for (const [purpose, derived] of Object.entries(keys))
    expect(b64u(derive(raw(key), room, purpose as Purpose))).toBe(derived);
});

test.each(vectors.sealed)("what was sealed is opened: %#", ({ key, aad, data, sealed }) => {
  expect(b64u(unseal(raw(key), raw(sealed), utf8(aad)))).toBe(data);
  const again = seal(raw(key), raw(data), utf8(aad));
  expect(b64u(unseal(raw(key), again, utf8(aad)))).toBe(data);
});

test.each(vectors.broken)("what was changed is not opened: $name", ({ key, aad, sealed }) => {
  expect(() => unseal(raw(key), raw(sealed), utf8(aad))).toThrow(PeerPlanError);
});

test("frames are sealed and opened in their order", () => {
  const { key, frames } = vectors.direction;
  const [sender, receiver] = [new Direction(raw(key)), new Direction(raw(key))];
  for (const { data, frame } of frames) {
    expect(b64u(sender.seal(raw(data)))).toBe(frame);
    expect(b64u(receiver.unseal(raw(frame)))).toBe(data);
  }
});

test.each(vectors.disorder)("a frame that is not next is not opened: $name", ({ key, frames }) => {
  const receiver = new Direction(raw(key));
  for (const frame of frames.slice(0, -1)) receiver.unseal(raw(frame));
  expect(() => receiver.unseal(raw(frames.at(-1)!))).toThrow(PeerPlanError);
});

test("bytes have one base64url form", () => {
  expect(unb64u("AA", 1)).toEqual(new Uint8Array(1));
  for (const text of ["AB", "AA=", "AA==", "A", "", "AAA", "A+", "A\n", "é"])
    expect(() => unb64u(text, 1)).toThrow(PeerPlanError);
});

test("canonical JSON sorts keys by UTF-16 units and is refused for what has none", () => {
  const value = { "\ufb33": 1, "🙂": [true, null, 1e21, -0], a: { c: "\u2028\u0007", b: 0.1 } };
  const text = '{"a":{"b":0.1,"c":"\u2028\\u0007"},"🙂":[true,null,1e+21,0],"\ufb33":1}';
  expect(new TextDecoder().decode(canonical(value))).toBe(text);
  for (const one of [Number.NaN, Number.POSITIVE_INFINITY, "\ud800", { "\udc00": 1 }, [undefined]])
    expect(() => canonical(one)).toThrow(PeerPlanError);
});
