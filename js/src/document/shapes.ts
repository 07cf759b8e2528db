import { SHAPES } from "../model/generated/shapes";

/** A type of the published schema. */
export type Name = keyof typeof SHAPES;
export type Kind =
  | Name
  | { readonly list: Kind }
  | { readonly record: Kind }
  | { readonly tag: string; readonly of: Readonly<Record<string, Kind>> };
type Raw = Readonly<Record<string, unknown>>;

interface Field {
  readonly nullable?: true;
  readonly kind?: Kind;
  readonly default?: unknown;
}

const ENTRIES = Object.entries(SHAPES);
const FIELDS = new Map<unknown, [string, Field][]>(
  ENTRIES.map(([name, fields]) => [name, Object.entries<Field>(fields)]),
);
const NAMES = new Map<unknown, ReadonlyMap<string, Kind | undefined>>(
  ENTRIES.map(([name, fields]) => [
    name,
    new Map(Object.entries<Field>(fields).map(([field, { kind }]) => [field, kind])),
  ]),
);

/** The fields of a type in the schema's order, with the kinds of their values. */
export function namesOf(kind: unknown): ReadonlyMap<string, Kind | undefined> | undefined {
  return NAMES.get(kind);
}

/** Of types that a tag tells apart the one that `raw` is; undefined where it is none of them. */
export function narrowed(kind: Kind, raw: Raw): Kind | undefined {
  if (typeof kind === "string" || !("tag" in kind)) return kind;
  const tag = Object.hasOwn(raw, kind.tag) ? raw[kind.tag] : undefined;
  return typeof tag === "string" && Object.hasOwn(kind.of, tag) ? kind.of[tag] : undefined;
}

/**
 * `raw` with its known fields in their order, defaults filled in and nulls left out; unchanged
 * where it has another form, and null where it is none of several. Reads own keys only: a peer may
 * store a key `__proto__`, which some readers take for a prototype.
 */
export function shaped(kind: Kind, raw: unknown): unknown {
  if (typeof kind === "object" && "list" in kind) {
    return Array.isArray(raw) ? raw.map((one) => shaped(kind.list, one)) : raw;
  }
  if (!isRecord(raw)) return raw;
  if (typeof kind === "object" && "record" in kind) {
    const entries = Object.entries(raw);
    return Object.fromEntries(entries.map(([key, one]) => [key, shaped(kind.record, one)]));
  }
  const fields = FIELDS.get(narrowed(kind, raw));
  return fields ? shapedFields(fields, raw) : null;
}

function shapedFields(fields: [string, Field][], raw: Raw): Raw {
  const made: Record<string, unknown> = {};
  for (const [name, { nullable, kind, default: otherwise }] of fields) {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (value === undefined) {
      if (otherwise !== undefined) made[name] = otherwise;
    } else if (value !== null || !nullable) {
      made[name] = kind === undefined ? value : shaped(kind, value);
    }
  }
  return made;
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
