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
