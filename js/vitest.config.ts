import { readFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";

// What Loro's loader says before it has loaded needs modules that nobody used yet.
const UNLOADED = "tests/document/loro.test.ts";

export default defineConfig({
  plugins: [
    {
      name: "css-text",
      enforce: "pre",
      async load(id) {
        if (!id.endsWith(".css")) return null;
        return `export default ${JSON.stringify(await readFile(id, "utf-8"))}`;
      },
    },
  ],
  test: {
    testTimeout: 60_000,
    // Loading the modules anew for each file was half the work of a run.
    isolate: false,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: { name: "interface", environment: "jsdom", include: ["tests/**/*.test.tsx"] },
      },
      {
        extends: true,
        test: { name: "plain", include: ["tests/**/*.test.ts"], exclude: [UNLOADED] },
      },
      { extends: true, test: { name: "unloaded", isolate: true, include: [UNLOADED] } },
    ],
  },
});
