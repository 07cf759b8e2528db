// @vitest-environment node
import { expect, test } from "vitest";
// @ts-expect-error: a build script has no types
import { bundlePage } from "../../build/page_bundle.mjs";

test("a plan can be read with less than 200 kB of code, and without Loro or what reads codes", async () => {
  const { first, files, weight } = await bundlePage({ development: false });
  expect(weight(first)).toBeLessThan(200_000);
  const code = first.map((name: string) => new TextDecoder().decode(files.get(name))).join("");
  expect(code).not.toContain("LoroDoc");
  expect(code).not.toContain("expected addImage before decode");
  expect(code).not.toMatch(/\beval\(|new Function\(/);
}, 60_000);
