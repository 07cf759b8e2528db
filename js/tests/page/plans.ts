import { PlanDocument } from "../../src/document/document";
import { parseOperation } from "../../src/document/operations";
import { newId } from "../../src/model/ids";
import type { Actor, SentOperation } from "../../src/model/view";

export const AGENT: Actor = { id: `did:key:z6Mk${"Agent".repeat(7)}`, name: "Bot", kind: "agent" };
export const RITA: Actor = { id: `did:key:z6Mk${"Rita".repeat(8)}`, name: "Rita", kind: "human" };

/** A plan by an agent. */
export function newPlan(title = "Sessions"): PlanDocument {
  const fields = { op: "create_plan", planId: "sessions", title, content: "# Why\n", pr: 7 };
  return PlanDocument.create(parseOperation(fields, AGENT)).document;
}

export function act(plan: PlanDocument, actor: Actor, op: string, fields: object = {}): void {
  plan.apply(parseOperation({ op, ...fields }, actor));
}

/** A comment on the whole plan, as the interface sends it. */
export function comment(content: string): SentOperation {
  const target = { type: "plan" } as const;
  return { op: "annotate", id: newId(), at: 1, type: "question", content, target };
}

export function said(plan: PlanDocument): string[] {
  return plan.annotations().map((one) => one.content);
}
