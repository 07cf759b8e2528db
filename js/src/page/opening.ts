import { PeerPlanError } from "../model/errors";
import type { Plan } from "../model/view";
import type { PlanRef } from "./address";
import { type Folder, foldersOf, repositoryOf } from "./folders";
import { apiOf, type Repository, signedIn } from "./hosts";
import type { Bytes } from "./http";
import { ask } from "./http";
import { PLAN_JSON } from "./names";
import { parsePlanFile } from "./planfile";
import type { Site } from "./site";

/** A plan as it was published, and where it lies. */
export interface Published {
  plan: Plan;
  folder: Folder;
}

/** Where the page looks, and with which token (empty for none). */
export interface Sight {
  site: Site;
  /** The folder of the page itself. */
  root: URL;
  ref: PlanRef;
  token: string;
  early?: Early;
}

/** A `plan.json` that was asked for before anything else. */
export interface Early {
  folder: Folder;
  bytes: Promise<Bytes | null>;
}

/**
 * The plan that a link names, from the first place that has it. Rejects with an error that says
 * what is wrong: `not_found` where the host knows of no such plan, or hides it; `forbidden`;
 * `unreachable`; `document` and `unsupported_schema` for what came instead of a plan.
 */
export async function openPublished(sight: Sight): Promise<Published> {
  const { site, root, ref, token, early } = sight;
  let failure: PeerPlanError | null = null;
  for (const folder of foldersOf(site, root, ref, token)) {
    try {
      const known = early?.folder.key === folder.key ? early.bytes : folder.read(PLAN_JSON);
      const bytes = await known;
      if (bytes) return { plan: checkedId(parsePlanFile(bytes, named(folder)), folder), folder };
    } catch (error) {
      if (!(error instanceof PeerPlanError)) throw error;
      if (error.code !== "unreachable" && error.code !== "forbidden") throw error;
      failure ??= error;
    }
  }
  throw failure ?? (await missing(sight));
}

function named({ place, host }: Folder): string {
  return place ? `${place.folder}/${PLAN_JSON}` : `${PLAN_JSON} on ${host}`;
}

function checkedId(plan: Plan, { place }: Folder): Plan {
  if (!place || place.planId === plan.id) return plan;
  const told = `The folder ${place.folder} holds a plan with another id, ${plan.id}.`;
  throw new PeerPlanError("document", told, { hint: "Ask whoever shared it to publish it again." });
}

/** Why there is nothing: hosts answer alike for what is not there and what is private. */
async function missing({ site, ref, token }: Sight): Promise<PeerPlanError> {
  const repository = repositoryOf(site, ref);
  if (!repository) return notFound("There is no plan.json at that address.", LINK);
  const where = `${repository.address.host}/${repository.address.project}`;
  const api = apiOf(repository);
  if (!api) return notFound(`${wanted(ref)} is not published in ${where}, or is not public.`, LINK);
  const seen = await sees(api.project(repository), repository, token);
  if (seen === false) return hidden(where, repository, token);
  const branch = seen && (await sees(api.branch(repository), repository, token));
  if (branch === false) return notFound(`${where} has no branch ${repository.branch}.`, NOTHING);
  return notFound(`${wanted(ref)} is not published in ${where}.`, LINK);
}

const LINK = "Ask whoever shared the link whether it is published, or under which pull request.";
const NOTHING = "Nothing has been published there yet: ask whoever shared the link.";

/** Whether the host shows what is at a URL of its API; null where it does not say. */
async function sees(url: string, repository: Repository, token: string): Promise<boolean | null> {
  const headers = signedIn(repository, token);
  const answer = await ask(new URL(url), { headers, cache: "no-store" }).catch(() => null);
  if (!answer || answer.limited) return null;
  return answer.ok ? true : [401, 403, 404].includes(answer.status) ? false : null;
}

function hidden(where: string, { host }: Repository, token: string): PeerPlanError {
  const told = `${where} does not exist, or it is private${token ? " and your token cannot see it" : ""}.`;
  return new PeerPlanError("not_found", told, {
    hint: "If it is private, give a token that may read it, or open the plan by an invitation.",
    data: { host: new URL(host.api).host, private: true },
  });
}

function wanted({ planId, pr }: PlanRef): string {
  return `The plan “${planId ?? ""}”${pr === null ? "" : ` for the pull request ${pr}`}`;
}

function notFound(message: string, hint: string): PeerPlanError {
  return new PeerPlanError("not_found", message, { hint });
}
