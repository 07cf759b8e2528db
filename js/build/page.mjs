import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cssText } from "./css_text.mjs";
import { gfmReading } from "./gfm_reading.mjs";

const development = process.argv.includes("--dev");
const js = fileURLToPath(new URL("..", import.meta.url));
const outdir = fileURLToPath(new URL("../../peerplan_jupyter/static/page", import.meta.url));
const START = "src/page/start.ts";
const WORKSHOP = "src/page/workshop.ts";

const common = {
  absWorkingDir: js,
  outdir: `${outdir}/assets`,
  entryNames: "[name]-[hash]",
  minify: !development,
  metafile: true,
  logLevel: "warning",
};

await mkdir(outdir, { recursive: true });
const scripts = await build({
  ...common,
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
const styles = await build({ ...common, entryPoints: ["src/page/page.css"], bundle: true });

const outputs = { ...scripts.metafile.outputs, ...styles.metafile.outputs };
const nameOf = (path) => `assets/${path.split("/").at(-1)}`;
const made = (entry) => Object.keys(outputs).find((path) => outputs[path].entryPoint === entry);

/** A chunk with all that it imports before it runs. */
function whole(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const one of outputs[path].imports) {
    if (one.kind === "import-statement") whole(one.path, found);
  }
  return found;
}

const start = made(START);
const first = new Set([...whole(start), ...whole(made("src/page/main.ts"))]);
const later = [...whole(made(WORKSHOP))].filter((path) => !first.has(path));
const preloads = [...first]
  .filter((path) => path !== start)
  .map((path) => `<link rel="modulepreload" href="{{root}}${nameOf(path)}" />`);

const page = (await readFile(`${js}/src/page/page.html`, "utf-8"))
  .replace("{{style}}", nameOf(made("src/page/page.css")))
  .replace("{{start}}", nameOf(start))
  .replace("{{preloads}}", preloads.join("\n    "));
await writeFile(`${outdir}/page.html`, page);

const fresh = new Set(Object.keys(outputs).map((path) => path.split("/").at(-1)));
for (const name of await readdir(`${outdir}/assets`)) {
  if (!fresh.has(name)) await rm(`${outdir}/assets/${name}`);
}

async function zipped(paths) {
  const sizes = await Promise.all(
    [...paths].map(async (path) => gzipSync(await readFile(`${js}/${path}`)).length),
  );
  return sizes.reduce((sum, one) => sum + one, 0);
}
const said = [
  `page ${((await zipped(first)) / 1000).toFixed(1)} kB gzipped`,
  `document ${((await zipped(later)) / 1000).toFixed(1)} kB gzipped`,
];
process.stdout.write(`${said.join(", ")}\n`);
