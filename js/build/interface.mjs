import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { cssText } from "./css_text.mjs";

const development = process.argv.includes("--dev");
const js = fileURLToPath(new URL("..", import.meta.url));
const outdir = fileURLToPath(new URL("../../peerplan_jupyter/static", import.meta.url));

await mkdir(outdir, { recursive: true });
await build({
  absWorkingDir: js,
  entryPoints: {
    loader: "src/widget/loader.ts",
    interface: "src/widget/interface.ts",
    dashboard: "src/dashboard/main.tsx",
  },
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  minify: !development,
  legalComments: "none",
  define: { "process.env.NODE_ENV": development ? '"development"' : '"production"' },
  plugins: [cssText],
  logLevel: "warning",
});
for (const name of ["loader.js", "interface.js", "dashboard.js"]) {
  const { size } = await stat(`${outdir}/${name}`);
  process.stdout.write(`${name} ${(size / 1000).toFixed(1)} kB\n`);
}
