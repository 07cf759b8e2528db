// Bundles a script of this folder for a page, with the esbuild of the interface.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../js/package.json", import.meta.url));
const [entry, outfile] = process.argv.slice(2);
require("esbuild").buildSync({ entryPoints: [entry], outfile, bundle: true, format: "iife" });
