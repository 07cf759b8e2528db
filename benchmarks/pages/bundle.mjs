// Makes the page of the benchmark, with the esbuild of the interface: node bundle.mjs FOLDER
import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL("../../js/", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const [, , folder] = process.argv;
const { build } = createRequire(`${js}package.json`)("esbuild");

await build({
  absWorkingDir: here,
  entryPoints: ["page.ts"],
  outfile: `${folder}/page.js`,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  logLevel: "warning",
});
const wasm = "loro_wasm_bg.wasm";
await copyFile(`${js}node_modules/loro-crdt/web/${wasm}`, `${folder}/${wasm}`);
