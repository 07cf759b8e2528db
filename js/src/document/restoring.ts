import { bytesToHex } from "@noble/hashes/utils.js";
import type { Annotation, Artifact, Plan } from "../model/view";
import { type Collection, Containers, type Raw } from "./containers";
import { canonicalHash } from "./digest";
import { guarded, newDocument } from "./guard";
import { SCHEMA_VERSION } from "./limits";
import { REACTION, REPLY } from "./projection";
import { parse } from "./reading";
import { isRecord } from "./shapes";
import { sorted } from "./text";

const HEADER = ["branch", "created", "id", "owner", "pr", "repo", "title"] as const;

/**
 * The plan of a parsed `plan.json`, validated against the published schema. Throws `invalid_input`
 * naming the first wrong field.
 */
export function parsePlan(file: unknown): Plan {
  return parse("Plan", isRecord(file) ? file.plan : undefined, "plan.json") as Plan;
}

/**
 * Updates that make a document with what `plan` says, for plans that were published without their
 * document. Everybody who restores the same `plan.json` makes the same history (the Loro peer id is
 * taken from its digest), so that their later changes merge. Text anchors have no cursors; they are
 * found by their quotes.
 */
export function restore(plan: Plan): Uint8Array {
  const doc = newDocument();
  return guarded("Restoring a plan", () => {
    doc.setPeerId(BigInt(`0x${bytesToHex(canonicalHash(plan).slice(0, 7))}`));
    const raw = new Containers(doc);
    writePlan(raw, plan);
    writeEntities(raw, plan);
    doc.commit();
    return doc.export({ mode: "update" });
  });
}

function writePlan(raw: Containers, plan: Plan): void {
  raw.put("plan", "schema", SCHEMA_VERSION);
  for (const name of HEADER) if (plan[name] !== undefined) raw.put("plan", name, plan[name]);
  if (plan.content) raw.setContent(plan.content);
  for (const [index, step] of plan.steps.entries()) raw.insertStep(index, { ...step });
  for (const [name, value] of Object.entries(plan.policy)) raw.put("policy", name, value);
  for (const key of sorted(Object.keys(plan.identities))) {
    raw.put("identities", key, plan.identities[key]);
  }
}

function writeEntities(raw: Containers, plan: Plan): void {
  const write = <T extends { id: string }>(
    collection: Collection,
    all: readonly T[],
    fields: (one: T) => Raw,
  ) => {
    for (const one of all) raw.write(collection, one.id, fields(one));
  };
  write("artifacts", plan.artifacts, artifactFields);
  write("annotations", plan.annotations, annotationFields);
  write("reviews", plan.reviews, (one) => ({ ...one }));
  write("revisions", plan.revisions, (one) => ({ ...one }));
}

function artifactFields(one: Artifact): Raw {
  const file = one.file || one.url.slice(one.url.lastIndexOf("/") + 1);
  return { ...one, file, name: one.name || file };
}

function annotationFields(one: Annotation): Raw {
  const { anchor, replies, reactions, state, stateChange, receipt, ...fields } = one;
  const threads: [string, unknown][] = replies.map((reply) => [REPLY + reply.id, reply]);
  for (const emoji of sorted(Object.keys(reactions))) {
    for (const who of reactions[emoji]!) threads.push([`${REACTION}${emoji}:${who}`, true]);
  }
  const told = stateChange && { state: { value: state, ...stateChange } };
  return { ...fields, ...told, ...Object.fromEntries(threads) };
}
