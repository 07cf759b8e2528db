import { build } from "esbuild";

/** Style sheets as strings, with their imports inside: they are adopted by shadow roots. */
export const cssText = {
  name: "css-text",
  setup(setup) {
    setup.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const made = await build({ entryPoints: [path], bundle: true, minify: true, write: false });
      return { contents: made.outputFiles[0].text, loader: "text" };
    });
  },
};
