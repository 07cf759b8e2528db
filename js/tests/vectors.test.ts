// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { planJson } from "../src/document/plan_json";
import { applyChange } from "../src/model/changes";
import type { ChangeSet, View } from "../src/model/view";
import { loadLoroHere } from "./support/loro";
import { type Answer, type Command, Replicas } from "./support/replicas";

/** What is done is described in `tests/vectors/plans.py`. */
const FOLDER = new URL("../../tests/vectors/operations/", import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json") && !file.endsWith(".plan.json"))
  .map((file) => file.slice(0, -".json".length));

interface Give {
  do: "give";
  from: string;
  to: string;
}
interface Digest {
  do: "digest";
  peer: string;
  as: string;
}
type Told = (Command | Give | Digest) & { error?: string };
interface Vector {
  actors: Record<string, unknown>;
  commands: Told[];
}

beforeAll(() => loadLoroHere());

test.each(NAMES)("the vector %s makes the plan that is written", (name) => {
  const vector: Vector = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf-8"));
  const written = readFileSync(new URL(`${name}.plan.json`, FOLDER), "utf-8");
  expect(play(vector)).toBe(written);
});

test.each(NAMES.filter((name) => name !== "foreign"))(
  "who takes in all change sets of %s shows the plan that is written",
  (name) => {
    const vector: Vector = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf-8"));
    const pages = new Pages();
    const written = play(vector, pages);
    for (const { plan } of pages.views.values()) expect(planJson(plan)).toBe(written);
  },
);

/** Replicas with a page each, that reads the plan once and then only change sets. */
class Pages extends Replicas {
  readonly views = new Map<string, View>();

  override run(command: Command): Answer {
    const answer = super.run(command);
    const change = answer.change as ChangeSet | null | undefined;
    if (change && "peer" in command) this.#take(command.peer, change);
    return answer;
  }

  #take(peer: string, change: ChangeSet): void {
    const view = this.views.get(peer);
    const read = () => ({ seq: change.seq, plan: this.document(peer).plan() }) as View;
    this.views.set(peer, view ? applyChange(view, change) : read());
  }
}

function play({ actors, commands }: Vector, replicas = new Replicas()): string {
  const named = new Map<string, string>();
  const plan = (peer: string) => replicas.run({ do: "plan", peer }).plan as string;
  const give = (from: string, to: string): Answer => {
    const { update } = replicas.run({ do: "export", peer: from });
    return replicas.run({ do: "import", peer: to, update: update as string });
  };
  const run = (command: Told): Answer => {
    if (command.do === "give") return give(command.from, command.to);
    if (command.do !== "digest") return replicas.run(command);
    named.set(command.as, JSON.parse(plan(command.peer)).plan.revisions.at(-1).digest);
    return {};
  };
  for (const { error, ...command } of commands) {
    const answer = run(resolved(command, actors, named) as Told);
    expect(answer.error, JSON.stringify(command)).toBe(error);
  }
  const peers = commands.flatMap((one) => (one.do === "open" ? [one.peer] : []));
  for (const one of [...peers, ...peers]) for (const other of peers) give(one, other);
  const plans = new Set(peers.map(plan));
  expect(plans.size).toBe(1);
  return [...plans][0]!;
}

function resolved(
  value: unknown,
  actors: Vector["actors"],
  named: ReadonlyMap<string, string>,
): unknown {
  if (typeof value === "string") return value.startsWith("$") ? named.get(value.slice(1)) : value;
  if (Array.isArray(value)) return value.map((one) => resolved(one, actors, named));
  if (typeof value !== "object" || value === null) return value;
  if ("$repeat" in value) {
    const { $repeat, before = "", after = "" } = value as Repeated;
    return before + $repeat[0].repeat($repeat[1]) + after;
  }
  const entries = Object.entries(value).map(([key, one]) => {
    const actor = key === "actor" && typeof one === "string" ? actors[one] : undefined;
    return [key, actor ?? resolved(one, actors, named)];
  });
  return Object.fromEntries(entries);
}

interface Repeated {
  $repeat: [text: string, times: number];
  before?: string;
  after?: string;
}
