import { PeerPlanError } from "../../model/errors";
import type { Bytes } from "../http";

/** What lies in a plan's folder on the branch now. */
export interface Ground {
  /** The commit that was looked at. */
  tip: string;
  /** Null where there is no such file. */
  loro: Bytes | null;
  /** Whether there is a `plan.json`. */
  found: boolean;
}

/** A file that is to be in the plan's folder. */
export interface NewFile {
  name: string;
  content: Bytes;
}

/**
 * Writes into the plan branch by a host's API, as a compare-and-swap: what was written since the
 * folder was read is never overwritten.
 */
export interface BranchWriter<G extends Ground = Ground> {
  read(folder: string): Promise<G>;
  /** The new commit; null if somebody else was faster. */
  write(
    ground: G,
    folder: string,
    files: readonly NewFile[],
    message: string,
  ): Promise<string | null>;
}

/** How the host refused a write, in the words of this project. */
export function refusal(host: string, status: number, body: unknown): PeerPlanError {
  const said = words(body);
  if ([401, 403, 404].includes(status)) {
    return new PeerPlanError(
      "forbidden",
      `${host} does not let this token write to the plan branch${said}.`,
      {
        hint: "Give a token that may write to the repository's contents, or save your review as a file.",
        data: { host, status },
      },
    );
  }
  const told = `${host} did not take the changes (HTTP ${status})${said}.`;
  return new PeerPlanError("unreachable", told, { hint: "Try again in a moment." });
}

function words(body: unknown): string {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === "string" && message ? `: ${message.slice(0, 200)}` : "";
}
