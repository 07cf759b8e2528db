// Makes pages that are peers, and a peer in Node: node bundle.mjs FOLDER
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const js = fileURLToPath(new URL("../..", import.meta.url));
const [, , folder] = process.argv;

await build({
  absWorkingDir: js,
  entryPoints: ["page.ts", "plan_page.ts", "room_page.ts"].map((name) => `tests/sync/${name}`),
  outdir: folder,
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await build({
  absWorkingDir: js,
  entryPoints: ["tests/sync/socket_peer.ts"],
  outfile: `${folder}/socket_peer.mjs`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // ws is CommonJS, and asks for modules of Node.
  banner: { js: 'import { createRequire as make } from "node:module";const require = make("/");' },
  logLevel: "warning",
});
const wasm = "loro_wasm_bg.wasm";
await copyFile(`${js}/node_modules/loro-crdt/web/${wasm}`, `${folder}/${wasm}`);
