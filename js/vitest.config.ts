import { readFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";

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
    projects: [
      {
        extends: true,
        test: { name: "interface", environment: "jsdom", include: ["tests/**/*.test.tsx"] },
      },
      { extends: true, test: { name: "plain", include: ["tests/**/*.test.ts"] } },
    ],
  },
});
