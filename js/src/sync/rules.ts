import type { Person } from "./hello";
import { BreachError } from "./ports";
import { placeOf, type Write } from "./writes";

/** Levels of a value. */
const MAX_DEPTH = 16;
const MAX_EMOJI = 16;
const ENTITY = /^cid:root-🤝:\$(annotations|reviews)>([A-Za-z0-9][A-Za-z0-9_-]{0,63}):Map$/u;
const ROOT = /^cid:root-([a-z]{1,20}):Map$/;
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const FIELD = /^[A-Za-z]{1,40}$/;
const REPLY = "reply:";
const REACTION = "react:";
/** With it begins the name of a container where Loro's JSON has a value. */
const CHILD = "🦜:";
/** Operations that are told as edits of the plan, which reviewers do not make. */
const EDITS = new Set<unknown>([
  "edit_content",
  "edit_title",
  "add_step",
  "update_step",
  "move_step",
  "remove_step",
]);

/** The plan as it was before a change. */
export interface Before {
  /** A field of an entity; undefined where there is none. */
  field(collection: string, key: string, name: string): unknown;
  /** A value of a root map; undefined where there is none. */
  value(root: string, key: string): unknown;
  /** What stands in a collection where an entity is. */
  marker(collection: string, key: string): unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a reviewer may write into a plan, operation by operation; see Roles in `docs/mesh.md`. */
export class Rules {
  readonly #who: Person;
  readonly #before: Before;
  readonly #claims = new Map<string, unknown[]>();
  readonly #owned = new Map<string, boolean>();

  constructor(who: Person, before: Before) {
    this.#who = who;
    this.#before = before;
  }

  /** Throws a `BreachError` that names the first offence, unless all of it is allowed. */
  judge(writes: readonly Write[]): void {
    this.#claims.clear();
    this.#owned.clear();
    for (const { container, key, value } of writes)
      if (key === "author" && ENTITY.test(container))
        this.#claims.set(container, [...(this.#claims.get(container) ?? []), value]);
    const offence = writes.find((one) => !this.#allowed(one));
    if (!offence) return;
    const place = placeOf(offence);
    throw new BreachError(`A reviewer may not write this: ${offence.type} ${place}.`, {
      hint: "Reviewers annotate, reply, react and review; the plan is its owner's.",
      data: { place },
    });
  }

  #allowed({ type, container, key, value }: Write): boolean {
    if (type !== "insert" || !isPlain(value)) return false;
    const [, collection, entity] = ENTITY.exec(container) ?? [];
    if (collection && entity) return this.#inEntity(collection, entity, key, value);
    const root = ROOT.exec(container)?.[1];
    return root !== undefined && this.#inRoot(root, key, value);
  }

  #inRoot(root: string, key: string, value: unknown): boolean {
    if (root === "annotations" || root === "reviews") {
      const made = ID.test(key) && same(value, this.#before.marker(root, key));
      return made && this.#isOwn(root, key);
    }
    if (root === "identities") return key === this.#who.id && this.#isMe(value);
    return root === "applied" && ULID.test(key) && this.#isApplied(key, value);
  }

  /** A kind, once known, stays: no agent becomes a person. */
  #isMe(value: unknown): boolean {
    const known = fieldsOf(this.#before.value("identities", this.#who.id));
    const { name, kind, ...more } = fieldsOf(value) ?? {};
    const plain = typeof name === "string" && Object.keys(more).length === 0;
    return plain && kind === this.#who.kind && kind === (known ? known.kind : kind);
  }

  #isApplied(key: string, value: unknown): boolean {
    const told = fieldsOf(value);
    const free = this.#isFree(this.#before.value("applied", key), "by");
    return free && told?.by === this.#who.id && !EDITS.has(told.op);
  }

  #inEntity(collection: string, entity: string, name: string, value: unknown): boolean {
    if (collection === "annotations" && name.startsWith(REPLY))
      return this.#isReply(entity, name, value);
    if (collection === "annotations" && name.startsWith(REACTION))
      return this.#isReaction(name, value);
    if (!this.#isOwn(collection, entity) || !FIELD.test(name)) return false;
    if (name === "id") return value === entity;
    if (name === "author") return value === this.#who.id;
    const approves = collection === "reviews" && name === "verdict" && value === "approved";
    return this.#saysMe(value) && !(approves && this.#who.kind === "agent");
  }

  /** Facts name who did them. */
  #saysMe(value: unknown): boolean {
    const { by = this.#who.id, author = this.#who.id } = fieldsOf(value) ?? {};
    return by === this.#who.id && author === this.#who.id;
  }

  #isReply(entity: string, name: string, value: unknown): boolean {
    const reply = name.slice(REPLY.length);
    const free = this.#isFree(this.#before.field("annotations", entity, name), "author");
    const told = fieldsOf(value);
    return free && ID.test(reply) && told?.id === reply && told.author === this.#who.id;
  }

  #isReaction(name: string, value: unknown): boolean {
    const rest = name.slice(REACTION.length);
    const emoji = rest.slice(0, rest.indexOf(":"));
    const who = rest.slice(emoji.length + 1);
    const fits = emoji !== "" && [...emoji].length <= MAX_EMOJI;
    return fits && who === this.#who.id && typeof value === "boolean";
  }

  /** Whether a place is empty, or holds what this reviewer wrote. */
  #isFree(known: unknown, name: "by" | "author"): boolean {
    return known === undefined || fieldsOf(known)?.[name] === this.#who.id;
  }

  /** Whether an entity was this reviewer's, or is new and says so. */
  #isOwn(collection: string, entity: string): boolean {
    const container = `cid:root-🤝:$${collection}>${entity}:Map`;
    const known = this.#owned.get(container);
    if (known !== undefined) return known;
    const author = this.#before.field(collection, entity, "author");
    const claims = author === undefined ? (this.#claims.get(container) ?? []) : [author];
    const owned = claims.length > 0 && claims.every((one) => one === this.#who.id);
    this.#owned.set(container, owned);
    return owned;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  const plain = value !== null && typeof value === "object" && !Array.isArray(value);
  return plain ? (value as Fields) : undefined;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether a value is JSON of little depth, and no container. */
function isPlain(value: unknown, depth = 0): boolean {
  if (depth === 0 && typeof value === "string" && value.startsWith(CHILD)) return false;
  if (depth > MAX_DEPTH) return false;
  if (value === null || typeof value !== "object") return true;
  return Object.values(value).every((one) => isPlain(one, depth + 1));
}
