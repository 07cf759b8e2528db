import { fileURLToPath } from "node:url";
import { context } from "esbuild";
import { cssText } from "../build/css_text.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const made = await context({
  entryPoints: [`${folder}main.ts`],
  bundle: true,
  format: "esm",
  target: "es2022",
  outdir: folder,
  write: false,
  sourcemap: "inline",
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [cssText],
});
const { port } = await made.serve({
  servedir: folder,
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 8765),
});
process.stdout.write(`http://127.0.0.1:${port}/\n`);
