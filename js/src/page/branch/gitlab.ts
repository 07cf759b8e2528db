import { base64 } from "@scure/base";
import { encoded } from "../../sync/fragment";
import type { Repository } from "../hosts";
import { PLAN_JSON, PLAN_LORO } from "../names";
import { Calls, decoded } from "./call";
import type { BranchWriter, Ground, NewFile } from "./writer";

interface GitLabGround extends Ground {
  /** By file the commit that last changed it: GitLab refuses to change it if that is another. */
  last: Readonly<Record<string, string>>;
}

interface Found {
  content: string;
  last_commit_id: string;
}

/** Commits by GitLab's API: https://docs.gitlab.com/api/commits/ */
export class GitLabWriter implements BranchWriter<GitLabGround> {
  readonly #calls: Calls;
  readonly #branch: string;

  constructor(repository: Repository, token: string) {
    this.#calls = new Calls(repository, token);
    this.#branch = repository.branch;
  }

  async read(folder: string): Promise<GitLabGround> {
    const branch = await this.#calls.get(`/repository/branches/${encoded(this.#branch)}`);
    const tip = this.#calls.checked<{ commit: { id: string } }>(branch).commit.id;
    const [json, loro] = await Promise.all([
      this.#file(`${folder}/${PLAN_JSON}`, tip),
      this.#file(`${folder}/${PLAN_LORO}`, tip),
    ]);
    return {
      tip,
      loro: loro ? decoded(loro.content) : null,
      found: json !== null,
      last: {
        ...(json && { [PLAN_JSON]: json.last_commit_id }),
        ...(loro && { [PLAN_LORO]: loro.last_commit_id }),
      },
    };
  }

  async write(
    { last }: GitLabGround,
    folder: string,
    files: readonly NewFile[],
    message: string,
  ): Promise<string | null> {
    const actions = files.map(({ name, content }) => ({
      action: Object.hasOwn(last, name) ? "update" : "create",
      file_path: `${folder}/${name}`,
      content: base64.encode(content),
      encoding: "base64",
      ...(Object.hasOwn(last, name) && { last_commit_id: last[name] }),
    }));
    const body = { branch: this.#branch, commit_message: message, actions };
    const answer = await this.#calls.send("POST", "/repository/commits", body);
    if (answer.status === 409 || (answer.status === 400 && isRaced(answer.body))) return null;
    return this.#calls.checked<{ id: string }>(answer).id;
  }

  async #file(path: string, ref: string): Promise<Found | null> {
    const answer = await this.#calls.get(`/repository/files/${encoded(path)}?ref=${ref}`);
    return answer.status === 404 ? null : this.#calls.checked<Found>(answer);
  }
}

/** GitLab says in words that somebody else was faster. */
function isRaced(body: unknown): boolean {
  const message = JSON.stringify(body ?? "");
  return /has changed since|already exists|could not update|please refresh|reference update/i.test(
    message,
  );
}
