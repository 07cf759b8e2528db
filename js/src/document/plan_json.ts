import { SHAPES } from "../model/generated/shapes";
import type { Plan } from "../model/view";
import { byCodePoint } from "./text";

/** There even when they are null, as in the first data model. */
const ALWAYS: ReadonlySet<string> = new Set(["pr", "branch", "review"]);
/** Keyed by what people and peers choose: written in the order of the keys. */
const RECORDS: ReadonlySet<string> = new Set(["identities", "reactions"]);

/**
 * `plan.json`, byte for byte as `peerplan_jupyter.review.publishing.plan_json` writes it: two
 * spaces of indent, a line end at its end, keys in the schema's order.
 */
export function planJson(plan: Plan): string {
  const known = new Map<string, unknown>(Object.entries(plan));
  const names = Object.keys(SHAPES.Plan).filter((name) => known.has(name) || ALWAYS.has(name));
  const fields = names.map((name): Field => [name, known.get(name) ?? null]);
  return `{\n  "plan": ${object(fields, "  ", RECORDS)}\n}\n`;
}

type Field = [name: string, value: unknown];
const NONE: ReadonlySet<string> = new Set();

function text(value: unknown, indent: string, isRecord: boolean): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const parts = value.map((one) => text(one, `${indent}  `, false));
    return framed("[", parts, "]", indent);
  }
  const fields = Object.entries(value);
  if (!isRecord) return object(fields, indent, RECORDS);
  return object(
    fields.sort(([a], [b]) => byCodePoint(a, b)),
    indent,
    NONE,
  );
}

/** By hand, since JavaScript puts keys that look like numbers first. */
function object(fields: readonly Field[], indent: string, records: ReadonlySet<string>): string {
  const parts = fields.map(([name, value]) => {
    return `${JSON.stringify(name)}: ${text(value, `${indent}  `, records.has(name))}`;
  });
  return framed("{", parts, "}", indent);
}

function framed(open: string, parts: readonly string[], close: string, indent: string): string {
  if (parts.length === 0) return open + close;
  const between = `\n${indent}  `;
  return `${open}${between}${parts.join(`,${between}`)}\n${indent}${close}`;
}
