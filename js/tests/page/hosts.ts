import { createHash } from "node:crypto";
import type { Asked } from "./served";
import { NOTHING } from "./served";

const BRANCH = "plan-artifacts";

/** What hosts have of a branch: files, and a commit for every state. */
class Branch {
  files = new Map<string, Buffer>();
  /** By path the commit that last changed it. */
  last = new Map<string, string>();
  commits: string[] = [];
  messages: string[] = [];

  commit(changes: Record<string, Buffer>, message: string): string {
    const id = createHash("sha1").update(`${this.commits.length} ${message}`).digest("hex");
    for (const [path, content] of Object.entries(changes)) {
      this.files.set(path, content);
      this.last.set(path, id);
    }
    this.commits.push(id);
    this.messages.push(message);
    return id;
  }
}

type Answer = { status?: number; body: string | Uint8Array | object };
type Body = Record<string, unknown>;

/** GitLab's API, as far as a page needs it: https://docs.gitlab.com/api/ */
export class GitLab extends Branch {
  /** Called before a commit is made. */
  before: () => void = () => {};

  answer = ({ method, path, headers, body }: Asked): Answer => {
    if (headers.authorization !== "Bearer token") return NOTHING;
    const rest = path.replace("/api/v4/projects/acme%2Frocket", "");
    if (method === "POST" && rest === "/repository/commits") return this.#commit(body as Body);
    if (rest === `/repository/branches/${BRANCH}`) {
      return { body: { commit: { id: this.commits.at(-1) } } };
    }
    const [, name, raw] = /^\/repository\/files\/([^/?]+)(\/raw)?\?ref=/.exec(rest) ?? [];
    const file = decodeURIComponent(name ?? "");
    const content = this.files.get(file);
    if (!content) return NOTHING;
    if (raw) return { body: content };
    const told = { content: content.toString("base64"), last_commit_id: this.last.get(file) };
    return { body: told };
  };

  #commit({ branch, commit_message, actions }: Body): Answer {
    this.before();
    const all = actions as Record<string, string>[];
    const stale = all.find(
      ({ action, file_path, last_commit_id }) =>
        action === "update" && this.last.get(file_path!) !== last_commit_id,
    );
    if (branch !== BRANCH || stale) {
      const message = `You are attempting to update a file that has changed since you started editing it: ${stale?.file_path}`;
      return { status: 400, body: { message } };
    }
    const changes = all.map(({ file_path, content }) => [
      file_path,
      Buffer.from(content!, "base64"),
    ]);
    return {
      status: 201,
      body: { id: this.commit(Object.fromEntries(changes), `${commit_message}`) },
    };
  }
}

/** The API of Gitea and Forgejo, as far as a page needs it: https://docs.gitea.com/api/ */
export class Gitea extends Branch {
  before: () => void = () => {};

  answer = ({ method, path, headers, body }: Asked): Answer => {
    if (headers.authorization !== "token token") return NOTHING;
    const rest = path.replace("/api/v1/repos/acme/rocket", "");
    if (method === "POST" && rest === "/contents") return this.#change(body as Body);
    if (rest === `/branches/${BRANCH}`) return { body: { commit: { id: this.commits.at(-1) } } };
    const [, folder] = /^\/contents\/(.+)\?ref=/.exec(rest) ?? [];
    if (folder) return this.#listed(folder);
    const [, blob] = /^\/git\/blobs\/(.+)$/.exec(rest) ?? [];
    const found = [...this.files.values()].find((content) => sha(content) === blob);
    return found ? { body: { content: found.toString("base64"), encoding: "base64" } } : NOTHING;
  };

  #listed(folder: string): Answer {
    const inside = [...this.files].filter(([path]) => path.startsWith(`${folder}/`));
    if (inside.length === 0) return NOTHING;
    return {
      body: inside.map(([path, content]) => ({ name: path.split("/").at(-1), sha: sha(content) })),
    };
  }

  #change({ branch, message, files }: Body): Answer {
    this.before();
    const all = files as Record<string, string>[];
    const stale = all.some(({ operation, path, sha: known }) => {
      const there = this.files.get(path!);
      return operation === "create" ? there !== undefined : !there || sha(there) !== known;
    });
    if (branch !== BRANCH || stale) {
      return { status: 422, body: { message: "sha does not match" } };
    }
    const changes = all.map(({ path, content }) => [path, Buffer.from(content!, "base64")]);
    const made = this.commit(Object.fromEntries(changes), String(message));
    return { status: 201, body: { commit: { sha: made } } };
  }
}

function sha(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
