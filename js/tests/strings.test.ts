import { expect, test } from "vitest";
import { strings } from "../src/ui/strings";

test.each([
  ["Jupyter server", "through the Jupyter server"],
  ["this kernel", "through this kernel"],
  ["direct and TURN", "directly and through TURN"],
  ["", "directly"],
])("changes by %j come %s", (path, words) => {
  const live = { state: "live", path, peers: 1, unsent: 0, since: null, detail: "" } as const;
  const said = strings.connectionSentence(live, "");
  expect(said).toBe(`Changes arrive as they are made, ${words}.`);
});

test.each([
  ["now", "just now"],
  ["5 min. ago", "5 min. ago"],
  ["yesterday", "yesterday"],
  ["Nov 29, 2026", "on Nov 29, 2026"],
])("a verdict of %j was given %s", (ago, words) => {
  expect(strings.yourVerdict("approved", 2, ago)).toBe(`You approved r2 ${words}.`);
});
