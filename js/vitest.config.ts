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
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
  },
});
