import type { ErrorObject, ValidateFunction } from "ajv";
import { PeerPlanError } from "../model/errors";
import type { Receipt } from "../model/generated/plan";
import { SHAPES } from "../model/generated/shapes";
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

type Name = keyof typeof SHAPES;
type Kind =
  | Name
  | { readonly list: Kind }
  | { readonly record: Kind }
  | { readonly tag: string; readonly of: Readonly<Record<string, Kind>> };
interface Field {
  readonly nullable?: true;
  readonly kind?: Kind;
  readonly default?: unknown;
}

const FIELDS = Object.fromEntries(
  Object.entries(SHAPES).map(([name, fields]) => [name, Object.entries<Field>(fields)]),
) as Readonly<Record<Name, [string, Field][]>>;
const VALIDATORS: Readonly<Record<Name, ValidateFunction>> = validators;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * `raw` as a value of the published schema: with its known fields in their order, defaults filled
 * in and nulls left out. Undefined where it does not have that form.
 */
export function read<N extends keyof Types>(name: N, raw: unknown): Types[N] | undefined {
  const shaped = shape(name, raw);
  return VALIDATORS[name](shaped) ? (shaped as Types[N]) : undefined;
}

/** As `read`, for what comes as JSON; throws `invalid_input` naming the first wrong field. */
export function parse(name: Name, raw: unknown, what: string): unknown {
  const shaped = shape(name, raw);
  const validate = VALIDATORS[name];
  if (!validate(shaped)) throw invalid(what, validate.errors?.[0]);
  const text = loneSurrogate(shaped);
  if (text !== undefined) {
    const told = JSON.stringify(text.slice(0, 80));
    throw new PeerPlanError("invalid_input", `${what} has half a character in ${told}.`);
  }
  return shaped;
}

function invalid(what: string, error: ErrorObject | undefined): PeerPlanError {
  const where = error?.instancePath.slice(1).replaceAll("/", ".").slice(0, 120) || "the whole";
  const told = error?.message?.slice(0, 200) ?? "it has another form";
  const message = `${what} is not valid at ${where}: ${told}.`;
  return new PeerPlanError("invalid_input", message, { data: { where } });
}

/** Own keys only: a peer may store a key `__proto__`, which some readers take for a prototype. */
function shape(kind: Kind, raw: unknown): unknown {
  if (typeof kind === "string") return isRecord(raw) ? shapeFields(FIELDS[kind], raw) : raw;
  if ("list" in kind) return Array.isArray(raw) ? raw.map((one) => shape(kind.list, one)) : raw;
  if (!isRecord(raw)) return raw;
  if ("record" in kind) {
    const entries = Object.entries(raw);
    return Object.fromEntries(entries.map(([key, one]) => [key, shape(kind.record, one)]));
  }
  const tag = Object.hasOwn(raw, kind.tag) ? raw[kind.tag] : undefined;
  const known = typeof tag === "string" && Object.hasOwn(kind.of, tag);
  return known ? shape(kind.of[tag]!, raw) : null;
}

function shapeFields(fields: [string, Field][], raw: Readonly<Record<string, unknown>>) {
  const made: Record<string, unknown> = {};
  for (const [name, { nullable, kind, default: otherwise }] of fields) {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (value === undefined) {
      if (otherwise !== undefined) made[name] = otherwise;
    } else if (value !== null || !nullable) {
      made[name] = kind === undefined ? value : shape(kind, value);
    }
  }
  return made;
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

/** Whether a value from JSON or from Loro is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

/** Whether two values that the same reader made are equal. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
