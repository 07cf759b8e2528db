import { base64 } from "@scure/base";
import { encoded } from "../../sync/fragment";
import type { Repository } from "../hosts";
import { PLAN_JSON, PLAN_LORO } from "../names";
import { Calls, decoded } from "./call";
import type { BranchWriter, Ground, NewFile } from "./writer";

interface GiteaGround extends Ground {
  /** The blob of each file: Gitea refuses to replace another. */
  blobs: Readonly<Record<string, string>>;
}

/** Files by the API of Gitea and Forgejo: `repoChangeFiles` of https://docs.gitea.com/api/ */
export class GiteaWriter implements BranchWriter<GiteaGround> {
  readonly #calls: Calls;
  readonly #branch: string;

  constructor(repository: Repository, token: string) {
    this.#calls = new Calls(repository, token);
    this.#branch = repository.branch;
  }

  async read(folder: string): Promise<GiteaGround> {
    const branch = await this.#calls.get(`/branches/${encoded(this.#branch)}`);
    const tip = this.#calls.checked<{ commit: { id: string } }>(branch).commit.id;
    const listed = await this.#calls.get(`/contents/${folder}?ref=${tip}`);
    if (listed.status === 404) return { tip, loro: null, found: false, blobs: {} };
    const files = this.#calls.checked<{ name: string; sha: string }[]>(listed);
    const blobs = Object.fromEntries(files.map(({ name, sha }) => [name, sha]));
    return {
      tip,
      loro: blobs[PLAN_LORO] ? await this.#blob(blobs[PLAN_LORO]) : null,
      found: Object.hasOwn(blobs, PLAN_JSON),
      blobs,
    };
  }

  async write(
    { blobs }: GiteaGround,
    folder: string,
    files: readonly NewFile[],
    message: string,
  ): Promise<string | null> {
    const changes = files.map(({ name, content }) => ({
      operation: Object.hasOwn(blobs, name) ? "update" : "create",
      path: `${folder}/${name}`,
      content: base64.encode(content),
      ...(Object.hasOwn(blobs, name) && { sha: blobs[name] }),
    }));
    const body = { branch: this.#branch, message, files: changes };
    const answer = await this.#calls.send("POST", "/contents", body);
    // The blob is another, the file exists by now, or the branch moved on.
    if (answer.status === 409 || answer.status === 422) return null;
    return this.#calls.checked<{ commit: { sha: string } }>(answer).commit.sha;
  }

  async #blob(sha: string) {
    const answer = await this.#calls.get(`/git/blobs/${sha}`);
    return decoded(this.#calls.checked<{ content: string }>(answer).content);
  }
}
