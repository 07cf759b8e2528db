// @vitest-environment node
import { expect, test } from "vitest";
import { PlanDocument } from "../../src/document/document";
import { loadLoro } from "../../src/document/loro";
import { loroBytes } from "../support/loro";

test("a document says when Loro is not there yet, and Loro is loaded once", async () => {
  expect(() => PlanDocument.empty()).toThrow("Loro is not loaded");
  await expect(loadLoro(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "unreachable" });
  const [one, other] = [loadLoro(loroBytes()), loadLoro(new Uint8Array())];
  expect(other).toBe(one);
  await one;
  expect(PlanDocument.empty().exists).toBe(false);
});
