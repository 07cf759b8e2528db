import { planJson } from "../../document/plan_json";
import { PeerPlanError } from "../../model/errors";
import type { Plan } from "../../model/view";
import { apiOf, type Repository, rawUrl } from "../hosts";
import type { LocalCopy } from "../local_copy";
import { PLAN_JSON, PLAN_LORO, planFolder } from "../names";
import { GiteaWriter } from "./gitea";
import { GitHubWriter } from "./github";
import { GitLabWriter } from "./gitlab";
import type { BranchWriter, Ground } from "./writer";

const MAX_RETRIES = 12;
const LONGEST_PAUSE = 4000;

type Making = new (repository: Repository, token: string) => BranchWriter;

const WRITERS: Readonly<Record<string, Making>> = {
  github: GitHubWriter,
  "github-enterprise": GitHubWriter,
  gitlab: GitLabWriter as Making,
  gitea: GiteaWriter as Making,
};

/** Where a plan lies on its branch, for who may write there. */
export interface Target {
  repository: Repository;
  token: string;
  /** The plan's folder as it was found. */
  folder: string;
}

/** Whether this page knows how to write to a repository's branch. */
export function canWrite(repository: Repository): boolean {
  return apiOf(repository) !== null && Object.hasOwn(WRITERS, repository.host.kind);
}

/**
 * Merges what is on the plan branch, and puts `plan.json` and `plan.loro` there in one commit; the
 * commit's id. When somebody else is faster it merges again, after a pause with jitter.
 *
 * Rejects with `forbidden` where the token may not write, `not_found` when the plan is not on the
 * branch any more, `unreachable`.
 */
export async function publishToBranch(copy: LocalCopy, target: Target): Promise<string> {
  const { repository, token } = target;
  const writer = new WRITERS[repository.host.kind]!(repository, token);
  for (let retries = 0; retries <= MAX_RETRIES; retries++) {
    if (retries > 0) await pause(retries);
    const { folder, ground } = await found(writer, copy, target);
    if (ground.loro && copy.adopt(ground.loro) === "replaced") throw replaced();
    const commit = await writer.write(ground, folder, files(copy, repository, folder), said(copy));
    if (commit) return commit;
  }
  throw new PeerPlanError("unreachable", "Others changed the plan branch all the time.", {
    hint: "Try again in a moment.",
  });
}

/** The folder where the plan is, which moves when it gets a pull request. */
async function found(writer: BranchWriter, { document }: LocalCopy, { folder }: Target) {
  const { id } = document;
  const pr = document.field("pr") ?? null;
  const places = new Set([folder, planFolder(id, pr)]);
  let ground: Ground | undefined;
  for (const place of places) {
    ground = await writer.read(place);
    if (ground.found) return { folder: place, ground };
  }
  const told = `The plan ${id} is not on the plan branch any more.`;
  const hint = "Save your review as a file, and give that to whoever shared the plan.";
  throw new PeerPlanError("not_found", told, { hint });
}

function files({ document }: LocalCopy, repository: Repository, folder: string) {
  const address = repository.host.raw
    ? (file: string) => rawUrl(repository, `${folder}/${file}`)
    : (file: string) => file;
  const plan = withAddresses(document.plan(), address);
  return [
    { name: PLAN_JSON, content: new Uint8Array(new TextEncoder().encode(planJson(plan))) },
    { name: PLAN_LORO, content: new Uint8Array(document.updatesSince()) },
  ];
}

/** As the other publishers write it: an artifact's URL is where its raw file is. */
function withAddresses(plan: Plan, address: (file: string) => string): Plan {
  return { ...plan, artifacts: plan.artifacts.map((one) => ({ ...one, url: address(one.file) })) };
}

function said({ document }: LocalCopy): string {
  const { revision, standing } = document;
  const status = standing.status.replace("_", " ");
  return `Publish plan ${document.id} (${revision ? `r${revision.number}, ` : ""}${status})`;
}

function replaced(): PeerPlanError {
  const told = "The plan on the branch has another history than the one that you commented on.";
  const hint = "Save your review as a file, and give that to whoever shared the plan.";
  return new PeerPlanError("stale", told, { hint });
}

/** Full jitter: Exponential Backoff And Jitter, AWS Architecture Blog, 2015. */
function pause(retries: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE, 100 * 2 ** retries);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}
