import {
  COLLECTIONS,
  type Collection,
  Containers,
  type Raw,
  type Root,
} from "../../src/document/containers";
import { PlanDocument } from "../../src/document/document";
import { LoroDoc } from "../../src/document/loro";
import { parseOperation } from "../../src/document/operations";
import { planJson } from "../../src/document/plan_json";
import { parsePlan, restore } from "../../src/document/restoring";
import { PeerPlanError } from "../../src/model/errors";

/** What `tests/support/replicas.py` is told in the same words. */
export type Command =
  | { do: "open"; peer: string }
  | { do: "apply"; peer: string; operation: unknown }
  | { do: "foreign"; peer: string; writer: string; writes: [string, string, unknown][] }
  | { do: "export"; peer: string; since?: string }
  | { do: "import"; peer: string; update: string }
  | { do: "restore"; plan: unknown }
  | { do: "plan"; peer: string };

export type Answer = Record<string, unknown>;

/** Documents under fixed Loro peer ids, told what to do in plain JSON. */
export class Replicas {
  readonly #documents = new Map<string, PlanDocument>();

  document(peer: string): PlanDocument {
    return this.#documents.get(peer)!;
  }

  run(command: Command): Answer {
    try {
      return this.#run(command);
    } catch (error) {
      if (error instanceof PeerPlanError) return { error: error.code };
      throw error;
    }
  }

  #run(command: Command): Answer {
    if (command.do === "restore") return { update: text(restore(parsePlan(command.plan))) };
    if (command.do === "open") {
      const document = PlanDocument.empty();
      document.doc.setPeerId(BigInt(command.peer));
      this.#documents.set(command.peer, document);
      return {};
    }
    const document = this.document(command.peer);
    switch (command.do) {
      case "apply": {
        const { update, change } = document.apply(parseOperation(command.operation));
        return { change, update: text(update) };
      }
      case "foreign":
        return { change: document.importUpdates(foreign(document, command)) };
      case "export":
        return {
          update: text(
            document.updatesSince(command.since === undefined ? undefined : bytes(command.since)),
          ),
        };
      case "import":
        return { change: document.importUpdates(bytes(command.update)) };
      case "plan":
        return { plan: planJson(document.plan()), version: counters(document) };
    }
  }
}

/** What another peer wrote without any operation. */
function foreign(document: PlanDocument, { writer, writes }: Extract<Command, { do: "foreign" }>) {
  const doc = new LoroDoc();
  doc.setPeerId(BigInt(writer));
  doc.import(document.updatesSince());
  const raw = new Containers(doc);
  for (const [root, key, value] of writes) {
    if (root === "steps") doc.getMovableList(root).insert(0, value);
    else if (COLLECTIONS.has(root)) raw.write(root as Collection, key, value as Raw);
    else raw.put(root as Root, key, value);
  }
  return doc.export({ mode: "update" });
}

/** How many operations of each peer are known: the bytes have them in no order. */
function counters(document: PlanDocument): Record<string, number> {
  return Object.fromEntries(document.doc.oplogVersion().toJSON());
}

function text(blob: Uint8Array): string {
  return Buffer.from(blob).toString("base64");
}

function bytes(encoded: string): Uint8Array {
  return new Uint8Array(Buffer.from(encoded, "base64"));
}
