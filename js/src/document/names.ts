/** File names of artifacts in a plan's folder. */
import { length } from "../model/code_points";
import type { Artifact } from "../model/view";
import { head, tail } from "./text";

/** A file name has fewer. */
const MAX_CHARACTERS = 200;
const MAX_BYTES = 255;
const HASH_DIGITS = [8, 16, 32, 64];
// biome-ignore lint/suspicious/noControlCharactersInRegex: file systems refuse them
const FORBIDDEN = /[/\\<>:"|?*\x00-\x1f\x7f]/;
const RESERVED = new Set(["", ".", "..", ".GIT", "PLAN.JSON", "PLAN.LORO"]);

/** Whether `name` can be one file beside the plan, as far as every peer has to know. */
export function isPlainName(name: string): boolean {
  return !RESERVED.has(folded(name)) && !name.startsWith("-") && !FORBIDDEN.test(name);
}

/**
 * Artifacts in the order of their ids, each under a name of its own. The first keeps its name;
 * another content under a name that differs at most in case, as it does on Windows and macOS, gets
 * a content-hashed one. Every peer comes to the same names.
 */
export function distinct(artifacts: ReadonlyMap<string, Artifact>): Map<string, Artifact> {
  const taken = new Map<string, string>();
  const named = new Map<string, Artifact>();
  for (const [key, one] of artifacts) {
    const { file: wished, hash = "" } = one;
    for (const file of wishes(wished, hash)) {
      const holder = taken.get(folded(file)) ?? hash;
      if (holder !== hash) continue;
      taken.set(folded(file), hash);
      named.set(key, { ...one, file, url: file });
      break;
    }
  }
  return named;
}

/** Without end, so that nobody can take all of them. */
function* wishes(wished: string, hash: string): Iterable<string> {
  yield wished;
  for (const digits of HASH_DIGITS) yield hashedName(wished, hash, digits);
  for (let number = 2; ; number++) yield hashedName(`${number}-${wished}`, hash, 64);
}

/**
 * `name` with the first `digits` of its content's hash before the suffix: `shot.png` becomes
 * `shot.3fa9c1d2.png`. Shortened where it would be too long.
 */
function hashedName(name: string, hash: string, digits: number): string {
  const [stem, suffix] = parts(name);
  const end = `.${hash.replace(/^sha256:/, "").slice(0, digits)}${head(suffix, 40)}`;
  let kept = head(stem, MAX_CHARACTERS);
  while (length(kept + end) >= MAX_CHARACTERS || bytes(kept + end) > MAX_BYTES) {
    kept = head(kept, length(kept) - 1);
  }
  return kept + end;
}

/** What is before the last dot and what begins with it; a dot at either end begins no suffix. */
function parts(name: string): [stem: string, suffix: string] {
  const file = tail(name, MAX_CHARACTERS * 2).replaceAll("/", "_");
  const at = file.lastIndexOf(".");
  return at > 0 && at < file.length - 1 ? [file.slice(0, at), file.slice(at)] : [file, ""];
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Names with one folding are one name where case does not count. */
function folded(name: string): string {
  return name.toLowerCase().toUpperCase();
}
