import { PeerPlanError } from "../model/errors";
import type { Receipt } from "../model/generated/plan";
import type {
  Annotation,
  Artifact,
  ChangeSet,
  Identity,
  Plan,
  Review,
  Revision,
  Step,
  TextTarget,
} from "../model/view";
import { Anchors } from "./anchors";
import { type Collection, Containers, type Raw } from "./containers";
import { Content } from "./content";
import { digest, type Frozen, frozenState } from "./digest";
import { SCHEMA_VERSION } from "./limits";
import type { LoroDoc } from "./loro";
import { distinct } from "./names";
import * as projection from "./projection";
import { read, same, type Types } from "./reading";
import { type Standing, standing } from "./standing";

/** What a change set tells of the plan itself; null is absence. */
export type HeaderView = NonNullable<ChangeSet["header"]>;

/** What is computed when asked for and kept until a change touches what it is made of. */
interface Known {
  content: Content;
  steps: readonly Step[];
  artifacts: ReadonlyMap<string, Artifact>;
  revisions: readonly Revision[];
  reviews: ReadonlyMap<string, Review>;
  identities: Readonly<Record<string, Identity>>;
  policy: Plan["policy"];
  receipts: ReadonlyMap<string, Receipt>;
  digest: string;
  standing: Standing;
}

/** What follows from a root container, beside what has its name. */
const FOLLOWS: Readonly<Record<string, readonly (keyof Known)[]>> = {
  plan: ["digest", "standing"],
  content: ["digest", "standing"],
  steps: ["digest", "standing"],
  artifacts: ["digest", "standing"],
  reviews: ["standing"],
  revisions: ["standing"],
  policy: ["standing"],
  identities: ["standing"],
  receipts: ["reviews", "standing"],
};

/** Roots that nothing in the header is made of. */
const ASIDE: ReadonlySet<string> = new Set(["annotations", "applied"]);

/**
 * What a plan's document says, by known paths and typed. Everything is computed when asked for and
 * kept until a change touches it, so that an operation costs the same in a plan of ten annotations
 * and of ten thousand. What is read must not be changed by the reader.
 */
export class PlanView {
  readonly doc: LoroDoc;
  readonly raw: Containers;
  readonly anchors = new Anchors();
  /** The content when it was last read, with what is past the limit of reading. */
  whole: string;
  #known: Partial<Known> = {};
  #header: HeaderView | null = null;
  #annotations = new Map<string, Annotation | undefined>();

  constructor(doc: LoroDoc) {
    this.doc = doc;
    this.raw = new Containers(doc);
    this.whole = this.raw.content();
  }

  /** Whether there is a plan in the document yet. */
  get exists(): boolean {
    return this.field("id") !== undefined;
  }

  get id(): string {
    return this.field("id") ?? "";
  }

  get title(): string {
    return this.field("title") ?? "(untitled)";
  }

  /** A field of the plan itself; undefined where it is not there, or not in our form. */
  field<K extends keyof projection.Header>(name: K): projection.Header[K] | undefined {
    return projection.headerField(name, this.raw.value("plan", name));
  }

  /** The markdown. */
  get content(): string {
    return this.passage.text;
  }

  /** The markdown with its positions. */
  get passage(): Content {
    return this.#keep("content", () => {
      this.whole = this.raw.content();
      return new Content(this.whole);
    });
  }

  /** The steps in order. */
  get steps(): readonly Step[] {
    return this.#keep("steps", () => projection.steps(this.raw.steps()));
  }

  /** All artifacts by id, withdrawn ones too, each under its distinct file name. */
  get artifacts(): ReadonlyMap<string, Artifact> {
    return this.#keep("artifacts", () => distinct(this.#entities("artifacts", "Artifact")));
  }

  /** The artifacts as they were last read. */
  get knownArtifacts(): ReadonlyMap<string, Artifact> {
    return this.#known.artifacts ?? new Map();
  }

  /** All revisions, oldest first, numbered; see `projection.numbered` for the order. */
  get revisions(): readonly Revision[] {
    return this.#keep("revisions", () => {
      const found = this.#entities("revisions", "Revision", (raw) => ({ number: 0, ...raw }));
      return projection.numbered([...found.values()]);
    });
  }

  /** All reviews by id. */
  get reviews(): ReadonlyMap<string, Review> {
    return this.#keep("reviews", () =>
      this.#entities("reviews", "Review", (raw, key) => ({
        ...raw,
        receipt: this.receipts.get(key),
      })),
    );
  }

  /** Everybody who took part, by id. */
  get identities(): Readonly<Record<string, Identity>> {
    return this.#keep("identities", () => projection.identities(this.raw.values("identities")));
  }

  /** When a revision counts as approved. */
  get policy(): Plan["policy"] {
    return this.#keep("policy", () => projection.policy(this.raw.values("policy")));
  }

  /** Receipts by item. */
  get receipts(): ReadonlyMap<string, Receipt> {
    return this.#keep("receipts", () => projection.receipts(this.raw.values("receipts")));
  }

  /** The state that a revision made now would freeze. */
  get frozen(): Frozen {
    return frozenState(this.title, this.content, this.steps, [...this.artifacts.values()]);
  }

  /** The digest of the plan as it is now. */
  get digest(): string {
    return this.#keep("digest", () => digest(this.frozen));
  }

  /** The current revision: the last that was requested. */
  get revision(): Revision | undefined {
    return this.revisions.at(-1);
  }

  /** Status, approval and the review that decides. */
  get standing(): Standing {
    return this.#keep("standing", () =>
      standing({
        revision: this.revision,
        digest: this.digest,
        reviews: [...this.reviews.values()],
        policy: this.policy,
        owner: this.field("owner") ?? "",
        identities: this.identities,
      }),
    );
  }

  /** An annotation with its anchor. */
  findAnnotation(key: string): Annotation | undefined {
    const found = this.#annotation(key);
    if (found?.target.type !== "text" || found.withdrawn) return found;
    const anchor = this.anchors.get(key, found.target, this.doc, this.passage);
    const { state, start, end } = found.anchor ?? {};
    if (anchor.state === state && anchor.start === start && anchor.end === end) return found;
    const placed = { ...found, anchor };
    this.#annotations.set(key, placed);
    return placed;
  }

  /** All annotations, oldest first, withdrawn ones too. */
  annotations(): Annotation[] {
    const keys = this.raw.ids("annotations");
    this.place(keys);
    return keys.map((key) => this.findAnnotation(key)).filter((one) => one !== undefined);
  }

  /** Finds the texts of many annotations that are asked for next at once, which takes less. */
  place(keys: Iterable<string>): void {
    const targets = new Map<string, TextTarget>();
    for (const key of keys) {
      const found = this.#annotation(key);
      if (found?.target.type === "text" && !found.withdrawn) targets.set(key, found.target);
    }
    this.anchors.place(targets, this.doc);
  }

  /** An annotation as it was last read; its anchor may be another by now. */
  #annotation(key: string): Annotation | undefined {
    if (!this.#annotations.has(key)) {
      const raw = this.raw.record("annotations", key);
      this.#annotations.set(key, raw && projection.annotation(key, raw, this.receipts));
    }
    return this.#annotations.get(key);
  }

  /**
   * The whole plan as `plan.json` has it; an artifact's url is the name of its file. Throws
   * `not_found` where there is no plan.
   */
  plan(): Plan {
    if (!this.exists) throw new PeerPlanError("not_found", "There is no plan here yet.");
    const { status, approval, review } = this.standing;
    const [pr, branch, repo] = [this.field("pr"), this.field("branch"), this.field("repo")];
    return {
      id: this.id,
      ...(pr !== undefined && { pr }),
      ...(branch !== undefined && { branch }),
      title: this.title,
      content: this.content,
      steps: [...this.steps],
      status,
      artifacts: [...this.artifacts.values()],
      annotations: this.annotations(),
      ...(review && { review }),
      schemaVersion: SCHEMA_VERSION,
      ...(repo !== undefined && { repo }),
      owner: this.field("owner") ?? "",
      created: this.field("created") ?? 0,
      reviews: [...this.reviews.values()],
      revisions: [...this.revisions],
      policy: this.policy,
      approval,
      identities: { ...this.identities },
    };
  }

  /** What a change set tells of the plan itself. */
  header(): HeaderView {
    const { status, approval, review = null } = this.standing;
    const [pr = null, branch = null] = [this.field("pr"), this.field("branch")];
    const title = this.field("title") ?? null;
    return { title, pr, branch, status, policy: this.policy, approval, review };
  }

  /** The header's fields that differ from what was last told. */
  changedHeader(roots: ReadonlySet<string>): HeaderView {
    const known = this.#header;
    if (known && [...roots].every((root) => ASIDE.has(root))) return {};
    this.#header = this.header();
    const told = Object.entries(this.#header);
    const before = new Map<string, unknown>(Object.entries(known ?? {}));
    return Object.fromEntries(
      told.filter(([name, value]) => !before.has(name) || !same(value, before.get(name))),
    );
  }

  /** Computes anew what these root containers feed, when it is next read. */
  forget(roots: Iterable<string>): void {
    for (const root of roots) {
      delete this.#known[root as keyof Known];
      for (const name of FOLLOWS[root] ?? []) delete this.#known[name];
    }
  }

  /** Reads everything anew when it is next asked for. */
  forgetAll(): void {
    for (const key of this.#annotations.keys()) this.anchors.forget(key);
    this.#annotations.clear();
    this.#known = {};
    this.#header = null;
    this.whole = this.raw.content();
  }

  /** Reads an annotation and its anchor anew when it is next asked for. */
  forgetAnnotation(key: string): void {
    this.#annotations.delete(key);
    this.anchors.forget(key);
  }

  #keep<K extends keyof Known>(name: K, make: () => Known[K]): Known[K] {
    this.#known[name] ??= make();
    return this.#known[name]!;
  }

  /** The records of a collection that have the form of their kind and the id they are under. */
  #entities<N extends "Artifact" | "Review" | "Revision">(
    collection: Collection,
    kind: N,
    completed: (raw: Raw, key: string) => Raw = (raw) => raw,
  ): Map<string, Types[N]> {
    const found = new Map<string, Types[N]>();
    for (const key of this.raw.ids(collection)) {
      const raw = this.raw.record(collection, key);
      const made = raw && read(kind, completed(raw, key));
      if (made?.id === key) found.set(key, made);
    }
    return found;
  }
}
