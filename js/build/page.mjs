import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundlePage } from "./page_bundle.mjs";

const source = fileURLToPath(new URL("../src/page/page.html", import.meta.url));
const outdir = fileURLToPath(new URL("../../peerplan_jupyter/static/page", import.meta.url));

const { files, start, style, first, later, weight } = await bundlePage({
  development: process.argv.includes("--dev"),
});

await mkdir(`${outdir}/assets`, { recursive: true });
for (const [name, contents] of files) await writeFile(`${outdir}/assets/${name}`, contents);
const preloads = first
  .filter((name) => name !== start)
  .map((name) => `<link rel="modulepreload" href="{{root}}assets/${name}" />`);
const page = (await readFile(source, "utf-8"))
  .replace("{{style}}", `assets/${style}`)
  .replace("{{start}}", `assets/${start}`)
  .replace("{{preloads}}", preloads.join("\n    "));
await writeFile(`${outdir}/page.html`, page);
for (const name of await readdir(`${outdir}/assets`)) {
  if (!files.has(name)) await rm(`${outdir}/assets/${name}`);
}

const kilobytes = (names) => `${(weight(names) / 1000).toFixed(1)} kB gzipped`;
process.stdout.write(`page ${kilobytes(first)}, document ${kilobytes(later)}\n`);
