import { readFile } from "node:fs/promises";

const WRITING = "toMarkdownExtensions.push(gfmToMarkdown(settings))";

/** Leaves out of remark-gfm what writes markdown, which a page never does (6 kB gzipped). */
export const gfmReading = {
  name: "gfm-reading",
  setup(setup) {
    setup.onLoad({ filter: /node_modules\/remark-gfm\/lib\/index\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf-8");
      if (!text.includes(WRITING)) throw new Error(`${path} is not as expected.`);
      return { contents: text.replace(WRITING, ""), loader: "js" };
    });
  },
};
