import { SCHEMA_VERSION } from "../document/limits";
import { shaped } from "../document/shapes";
import { PeerPlanError } from "../model/errors";
import { Plan as isPlan } from "../model/generated/plan_validator";
import type { Plan } from "../model/view";

/**
 * The plan in the bytes of a `plan.json`, whoever wrote it; `what` names it in errors. Throws
 * `unsupported_schema` for a plan of a newer peerplan, `document` for anything else that is none.
 */
export function parsePlanFile(bytes: Uint8Array, what: string): Plan {
  const text = new TextDecoder().decode(bytes);
  if (/^\s*</.test(text)) {
    throw new PeerPlanError("document", `${what} is a web page, not a plan.`, {
      hint: "The address may need a sign-in, or a network on the way wants one.",
    });
  }
  const plan = planIn(json(text, what));
  if (!plan) throw broken(what, "is JSON but no plan");
  checkVersion(plan, what);
  const made = shaped("Plan", plan);
  if (isPlan(made)) return made as Plan;
  const [fault] = isPlan.errors ?? [];
  const where = fault?.instancePath.slice(1).replaceAll("/", ".").slice(0, 120) || "the whole";
  throw broken(what, `is not valid at ${where}: ${fault?.message ?? "it has another form"}`);
}

const MENDED = "Ask whoever shared it to publish it again.";

function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const cut = text.trimEnd().endsWith("}") ? "is not JSON" : "is not whole: it was cut off";
    throw broken(what, cut);
  }
}

function planIn(value: unknown): Record<string, unknown> | null {
  const plan = (value as { plan?: unknown } | null)?.plan;
  return typeof plan === "object" && plan !== null ? (plan as Record<string, unknown>) : null;
}

function checkVersion({ schemaVersion }: Record<string, unknown>, what: string): void {
  if (typeof schemaVersion !== "number" || schemaVersion <= SCHEMA_VERSION) return;
  throw new PeerPlanError(
    "unsupported_schema",
    `${what} was written by a newer peerplan: it has the schema ${schemaVersion}, and this page reads ${SCHEMA_VERSION}.`,
    { hint: "Whoever published this page has to build it anew with that version." },
  );
}

function broken(what: string, fault: string): PeerPlanError {
  return new PeerPlanError("document", `${what} ${fault}.`, { hint: MENDED });
}
