import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Asked } from "./served";

export const BRANCH = "plan-artifacts";

type Answer = { status?: number; body: string | Uint8Array };
export type Answering = (asked: Asked) => Answer;

/** A bare repository whose plan branch has these files. */
export class Bare {
  readonly #folder = mkdtempSync(join(tmpdir(), "bare-"));

  constructor(files: Record<string, string>) {
    onTestFinished(() => rmSync(this.#folder, { recursive: true }));
    this.#git(["init", "-q", "--bare"]);
    this.#git(["fast-import", "--quiet"], stream(files));
  }

  /** The bytes at a place of the branch; null where there is none. */
  show(branch: string, path: string): Uint8Array | null {
    try {
      return this.#git(["cat-file", "blob", `refs/heads/${branch}:${path}`]);
    } catch {
      return null;
    }
  }

  #git(args: string[], input = ""): Uint8Array {
    return execFileSync("git", args, { cwd: this.#folder, input, stdio: ["pipe", "pipe", "pipe"] });
  }
}

/** What `git fast-import` reads. */
function stream(files: Record<string, string>): string {
  const size = (text: string) => Buffer.byteLength(text);
  const written = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${JSON.stringify(path)}\ndata ${size(text)}\n${text}\n`,
  );
  const begun = `commit refs/heads/${BRANCH}\ncommitter A <a@example.org> 1 +0000\ndata 0\n`;
  return `${begun}${written.join("")}`;
}

/** As `gitweb.cgi` answers `blob_plain`; parameters are apart by `;`, errors are pages. */
export function gitweb(bare: Bare): Answering {
  return ({ path }) => {
    const query = path.split("?")[1] ?? "";
    const told = new Map(
      query.split(";").map((one) => {
        const [name = "", value = ""] = one.split("=");
        return [name, decodeURIComponent(value.replaceAll("+", " "))] as const;
      }),
    );
    if (told.get("p") !== "acme/rocket.git") return page("404 - No such project");
    if (told.get("a") !== "blob_plain") return page("400 - Unknown action");
    const found = bare.show(told.get("hb") ?? "HEAD", told.get("f") ?? "");
    return found ? { body: found } : page("404 - Cannot find file");
  };
}

/** As cgit answers below `plain`. */
export function cgit(bare: Bare): Answering {
  return ({ path }) => {
    const { pathname, searchParams } = new URL(path, "http://host");
    const [, file] = /^\/acme\/rocket\/plain\/(.+)$/.exec(decodeURIComponent(pathname)) ?? [];
    const found = file && bare.show(searchParams.get("h") ?? "HEAD", file);
    return found ? { body: found } : page("Not found");
  };
}

/** As a web server answers that has a branch as a folder of files. */
export function plain(bare: Bare): Answering {
  return ({ path }) => {
    const prefix = `/files/acme/rocket/${BRANCH}/`;
    const file = decodeURIComponent(new URL(path, "http://host").pathname);
    const found = file.startsWith(prefix) && bare.show(BRANCH, file.slice(prefix.length));
    return found ? { body: found } : page("404 Not Found");
  };
}

function page(told: string): Answer {
  return { status: told.startsWith("400") ? 400 : 404, body: `<!DOCTYPE html><h1>${told}</h1>` };
}
