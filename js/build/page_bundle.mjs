import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cssText } from "./css_text.mjs";
import { gfmReading } from "./gfm_reading.mjs";

const js = fileURLToPath(new URL("..", import.meta.url));
const START = "src/page/start.ts";
const MAIN = "src/page/main.ts";
const WORKSHOP = "src/page/workshop.ts";
const STYLE = "src/page/page.css";

function options(development) {
  return {
    absWorkingDir: js,
    outdir: "built",
    entryNames: "[name]-[hash]",
    minify: !development,
    metafile: true,
    write: false,
    logLevel: "warning",
  };
}

function scripts(development) {
  return build({
    ...options(development),
    entryPoints: [START],
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    loader: { ".wasm": "file" },
    define: { "process.env.NODE_ENV": development ? '"development"' : '"production"' },
    plugins: [cssText, gfmReading],
  });
}

const nameOf = (path) => path.split("/").at(-1);

/** A chunk with all that it imports before it runs. */
function whole(outputs, path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { kind, path: next } of outputs[path].imports) {
    if (kind === "import-statement") whole(outputs, next, found);
  }
  return found;
}

/**
 * The files of the static page, by name: `start` begins, `first` are there before the plan can be
 * read, `later` come with the document. `weight` is how many bytes some of them have, gzipped.
 */
export async function bundlePage({ development }) {
  const styles = build({ ...options(development), entryPoints: [STYLE], bundle: true });
  const made = await Promise.all([scripts(development), styles]);
  const outputs = Object.assign({}, ...made.map(({ metafile }) => metafile.outputs));
  const entry = (name) => Object.keys(outputs).find((path) => outputs[path].entryPoint === name);
  const first = new Set([...whole(outputs, entry(START)), ...whole(outputs, entry(MAIN))]);
  const later = [...whole(outputs, entry(WORKSHOP))].filter((path) => !first.has(path));
  const written = made.flatMap(({ outputFiles }) => outputFiles);
  const files = new Map(written.map(({ path, contents }) => [nameOf(path), contents]));
  return {
    files,
    start: nameOf(entry(START)),
    style: nameOf(entry(STYLE)),
    first: [...first].map(nameOf),
    later: later.map(nameOf),
    weight: (names) => names.reduce((sum, name) => sum + gzipSync(files.get(name)).length, 0),
  };
}
