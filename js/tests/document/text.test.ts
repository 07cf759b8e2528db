// @vitest-environment node
import { expect, test } from "vitest";
import { matchingBlocks } from "../../src/document/matching";
import { merge3 } from "../../src/document/merge";
import {
  byCodePoint,
  commonEnd,
  commonStart,
  head,
  linesOf,
  sorted,
  strip,
  tail,
} from "../../src/document/text";

test("strings are ordered by code points, not by UTF-16 units", () => {
  expect(sorted(["🙂", "\uf8ff", "b", "a"])).toEqual(["a", "b", "\uf8ff", "🙂"]);
  expect(byCodePoint("a", "ab")).toBeLessThan(0);
  expect(byCodePoint("🙂", "🙂")).toBe(0);
});

test("the beginning and the end of a text are cut between characters", () => {
  expect(head("🙂🙂a", 1)).toBe("🙂");
  expect(tail("a🙂🙂", 1)).toBe("🙂");
  expect(head("ab", 9)).toBe("ab");
  expect(tail("ab", 9)).toBe("ab");
});

test("what two texts have in common splits no character", () => {
  expect(commonStart("x🙂", "x🙃")).toBe(1);
  expect(commonStart("x🙂y", "x🙂z")).toBe(3);
  const [one, other] = ["🙂", "\u{2f642}"];
  expect(one.charCodeAt(1)).toBe(other.charCodeAt(1));
  expect(commonEnd(`${one}y`, `${other}y`)).toBe(1);
  expect(commonEnd("ab", "b")).toBe(1);
});

test("lines end where Python's do", () => {
  expect(linesOf("a\r\nb\u2028c\x85\n\rd")).toEqual(["a\r\n", "b\u2028", "c\x85", "\n", "\r", "d"]);
  expect(linesOf("")).toEqual([]);
  expect(strip("\x1c\u3000 a \x85")).toBe("a");
  expect(strip("\ufeffa")).toBe("\ufeffa");
});

test("the first of the longest blocks is taken, and then what is beside it", () => {
  const blocks = matchingBlocks([..."xabyab"], [..."abzab"]);
  expect(blocks.sort((a, b) => a.a - b.a)).toEqual([
    { a: 1, b: 0, size: 2 },
    { a: 4, b: 3, size: 2 },
  ]);
});

test("changes of different lines are merged, of one line or its neighbour are not", () => {
  const base = "one\ntwo\nthree\n";
  expect(merge3(base, "ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n")).toBe("ONE\ntwo\nTHREE\n");
  expect(merge3(base, "one\nTWO\nthree\n", "one\nTwo\nthree\n")).toBeNull();
  expect(merge3(base, "ONE\ntwo\nthree\n", "one\nTWO\nthree\n")).toBeNull();
  expect(merge3(base, "one\n", "one\n")).toBe("one\n");
});

test("texts of lines that repeat too often count as in conflict", () => {
  const base = "x\n".repeat(2000);
  expect(merge3(base, `${base}a\n`, `b\n${base}`)).toBeNull();
});
