import type { Plan } from "../model/view";
import { isRecord, type Kind, namesOf, narrowed } from "./shapes";
import { sorted } from "./text";

/**
 * `plan.json`, byte for byte as `peerplan_jupyter.review.publishing.plan_json` writes it: two
 * spaces of indent, a line end at its end, keys in the schema's order, and those that people and
 * peers choose in the order of their code points. `pr`, `branch` and `review` are there even when
 * they are null, as in the first data model.
 */
export function planJson(plan: Plan): string {
  const { pr = null, branch = null, review = null } = plan;
  return `{\n  "plan": ${text("Plan", { ...plan, pr, branch, review }, "  ")}\n}\n`;
}

/** By hand, since JavaScript puts keys that look like numbers first. */
function text(kind: Kind | undefined, value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const each = typeof kind === "object" && "list" in kind ? kind.list : undefined;
    const parts = value.map((one) => text(each, one, deeper));
    return framed("[", parts, "]", indent);
  }
  if (!isRecord(value)) return JSON.stringify(value);
  const known = namesOf(kind && narrowed(kind, value));
  const each = typeof kind === "object" && "record" in kind ? kind.record : undefined;
  const fields = known ?? new Map(sorted(Object.keys(value)).map((name) => [name, each]));
  const parts = [...fields]
    .filter(([name]) => Object.hasOwn(value, name) && value[name] !== undefined)
    .map(([name, kind]) => `${JSON.stringify(name)}: ${text(kind, value[name], deeper)}`);
  return framed("{", parts, "}", indent);
}

function framed(open: string, parts: readonly string[], close: string, indent: string): string {
  if (parts.length === 0) return open + close;
  const between = `\n${indent}  `;
  return `${open}${between}${parts.join(`,${between}`)}\n${indent}${close}`;
}
