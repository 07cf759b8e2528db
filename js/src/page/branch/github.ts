import { base64 } from "@scure/base";
import { encoded } from "../../sync/fragment";
import type { Repository } from "../hosts";
import { PLAN_JSON, PLAN_LORO } from "../names";
import { Calls, decoded } from "./call";
import type { BranchWriter, Ground, NewFile } from "./writer";

interface Entry {
  name: string;
  sha: string;
}

/** Git data over GitHub's REST API: https://docs.github.com/en/rest/git */
export class GitHubWriter implements BranchWriter {
  readonly #calls: Calls;
  readonly #branch: string;

  constructor(repository: Repository, token: string) {
    this.#calls = new Calls(repository, token);
    this.#branch = encoded(repository.branch);
  }

  async read(folder: string): Promise<Ground> {
    const { calls } = this;
    const ref = await calls.get(`/git/ref/heads/${this.#branch}`);
    const tip = calls.checked<{ object: { sha: string } }>(ref).object.sha;
    const listed = await calls.get(`/contents/${folder}?ref=${tip}`);
    if (listed.status === 404) return { tip, loro: null, found: false };
    const files = calls.checked<Entry[]>(listed);
    const loro = files.find(({ name }) => name === PLAN_LORO);
    return {
      tip,
      loro: loro ? await this.#blob(loro.sha) : null,
      found: files.some(({ name }) => name === PLAN_JSON),
    };
  }

  async write(
    { tip }: Ground,
    folder: string,
    files: readonly NewFile[],
    message: string,
  ): Promise<string | null> {
    const { calls } = this;
    const parent = calls.checked<{ tree: { sha: string } }>(await calls.get(`/git/commits/${tip}`));
    const tree = await Promise.all(files.map((file) => this.#entry(folder, file)));
    const made = await this.#made("/git/trees", { base_tree: parent.tree.sha, tree });
    const commit = await this.#made("/git/commits", { message, tree: made, parents: [tip] });
    const moved = await calls.send("PATCH", `/git/refs/heads/${this.#branch}`, {
      sha: commit,
      force: false,
    });
    // 422: "Update is not a fast forward"; 409: the branch is being written to.
    if (moved.status === 422 || moved.status === 409) return null;
    calls.checked(moved);
    return commit;
  }

  private get calls(): Calls {
    return this.#calls;
  }

  async #blob(sha: string) {
    const answer = await this.#calls.get(`/git/blobs/${sha}`);
    return decoded(this.#calls.checked<{ content: string }>(answer).content);
  }

  async #entry(folder: string, { name, content }: NewFile) {
    const blob = { content: base64.encode(content), encoding: "base64" };
    const sha = await this.#made("/git/blobs", blob);
    return { path: `${folder}/${name}`, mode: "100644", type: "blob", sha };
  }

  async #made(path: string, body: unknown): Promise<string> {
    const answer = await this.#calls.send("POST", path, body);
    return this.#calls.checked<{ sha: string }>(answer).sha;
  }
}
