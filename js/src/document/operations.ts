import { PeerPlanError } from "../model/errors";
import type { ParsedOperation } from "../model/generated/parsed";
import { OPERATIONS } from "../model/generated/shapes";
import { newId } from "../model/ids";
import type { Actor } from "../model/view";
import { isPlainName } from "./names";
import { parse } from "./reading";
import { isRecord } from "./shapes";

export type { ParsedOperation } from "../model/generated/parsed";
/** The operation of a name. */
export type OperationOf<K extends ParsedOperation["op"]> = Extract<ParsedOperation, { op: K }>;

/**
 * A wire object as an operation, validated against the published schema; what may be left out is
 * filled in, and what is not known is left out. `actor`, if given, replaces what it claims.
 *
 * Throws `invalid_input` naming the first wrong field and what was expected of it.
 */
export function parseOperation(data: unknown, actor?: Actor): ParsedOperation {
  const raw = isRecord(data) ? data : {};
  const what = `The operation ${JSON.stringify(String(raw.op).slice(0, 40))}`;
  const known = typeof raw.op === "string" && Object.hasOwn(OPERATIONS, raw.op);
  if (!known) throw new PeerPlanError("invalid_input", `${what} is not one of peerplan's.`);
  const { id = newId(), at = Math.floor(Date.now() / 1000) } = raw;
  const whole = { ...raw, id, at, ...(actor && { actor }), ...madeUp(raw) };
  const name = OPERATIONS[raw.op as keyof typeof OPERATIONS];
  const operation = parse(name, whole, what) as ParsedOperation;
  if (operation.op === "add_artifact" && !isPlainName(operation.file)) {
    const told = `${what} is not valid at file: it cannot be the name of a file in the plan's folder.`;
    throw new PeerPlanError("invalid_input", told, { data: { where: "file" } });
  }
  return operation;
}

function madeUp(raw: Readonly<Record<string, unknown>>) {
  return raw.op === "add_artifact" && raw.artifactId === undefined ? { artifactId: newId() } : {};
}
