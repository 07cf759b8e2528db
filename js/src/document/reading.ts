import type { ErrorObject, ValidateFunction } from "ajv";
import { PeerPlanError } from "../model/errors";
import type { Receipt } from "../model/generated/plan";
import * as validators from "../model/generated/validators";
import type {
  Annotation,
  Artifact,
  Identity,
  Plan,
  Reply,
  Review,
  Revision,
  Step,
} from "../model/view";
import { type Name, shaped } from "./shapes";

/** What `read` makes, by name. */
export interface Types {
  Annotation: Annotation;
  Artifact: Artifact;
  Identity: Identity;
  Plan: Plan;
  Policy: Plan["policy"];
  Receipt: Receipt;
  Reply: Reply;
  Review: Review;
  Revision: Revision;
  Step: Step;
}

const VALIDATORS: Readonly<Record<Name, ValidateFunction>> = validators;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * `raw` as a value of the published schema: with its known fields in their order, defaults filled
 * in and nulls left out. Undefined where it does not have that form.
 */
export function read<N extends keyof Types>(name: N, raw: unknown): Types[N] | undefined {
  const value = shaped(name, raw);
  return VALIDATORS[name](value) ? (value as Types[N]) : undefined;
}

/** As `read`, for what comes as JSON; throws `invalid_input` naming the first wrong field. */
export function parse(name: Name, raw: unknown, what: string): unknown {
  const value = shaped(name, raw);
  const validate = VALIDATORS[name];
  if (!validate(value)) throw invalid(what, validate.errors?.[0]);
  const text = loneSurrogate(value);
  if (text !== undefined) {
    const told = JSON.stringify(text.slice(0, 80));
    throw new PeerPlanError("invalid_input", `${what} has half a character in ${told}.`);
  }
  return value;
}

function invalid(what: string, error: ErrorObject | undefined): PeerPlanError {
  const where = error?.instancePath.slice(1).replaceAll("/", ".").slice(0, 120) || "the whole";
  const told = error?.message?.slice(0, 200) ?? "it has another form";
  const message = `${what} is not valid at ${where}: ${told}.`;
  return new PeerPlanError("invalid_input", message, { data: { where } });
}

function loneSurrogate(value: unknown): string | undefined {
  if (typeof value === "string") return LONE_SURROGATE.test(value) ? value : undefined;
  if (value === null || typeof value !== "object") return undefined;
  for (const one of [...Object.keys(value), ...Object.values(value)]) {
    const found = loneSurrogate(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether two values that the same reader made are equal. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
