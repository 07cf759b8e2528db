/** Names in the plan branch, as `peerplan_jupyter/store/names.py` has them. */
import { PeerPlanError } from "../model/errors";

export const PLAN_BRANCH = "plan-artifacts";
export const PLAN_JSON = "plan.json";
export const PLAN_LORO = "plan.loro";

const PLAN_ID = /^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|[a-z0-9][a-z0-9-]{1,62})$/;
const FOLDER = /^(?:pr-([1-9][0-9]{0,9})|drafts)\/plan-([^/]+)$/;

/** Where a plan lies in the plan branch. */
export interface Place {
  folder: string;
  planId: string;
  pr: number | null;
}

export function isPlanId(text: string): boolean {
  return PLAN_ID.test(text);
}

/** `text`, or an `invalid_input` error. */
export function checkedPlanId(text: string): string {
  if (isPlanId(text)) return text;
  const told = `${JSON.stringify(text.slice(0, 80))} is not the id of a plan.`;
  throw new PeerPlanError("invalid_input", told, { hint: "Copy the whole link again." });
}

/** `pr-{N}/plan-{id}`, or `drafts/plan-{id}` before there is a pull request. */
export function planFolder(planId: string, pr: number | null): string {
  return `${pr === null ? "drafts" : `pr-${pr}`}/plan-${planId}`;
}

/** What a folder of the plan branch says, or null when it is no plan's. */
export function parseFolder(folder: string): Place | null {
  const [, pr, planId] = FOLDER.exec(folder) ?? [];
  if (!planId || !isPlanId(planId)) return null;
  return { folder, planId, pr: pr ? Number(pr) : null };
}
