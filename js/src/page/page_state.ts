import type { PeerPlanError } from "../model/errors";
import type { MemberRole } from "../sync/grant";

/** What a person can do about something that is said. */
export type Remedy = "retry" | "token" | "save" | "reload" | "forget";

/** Something that the page has to say. A later one under the same id takes its place. */
export interface Notice {
  id: string;
  message: string;
  hint: string;
  remedies: readonly Remedy[];
}

/** The repository that the plan is in. */
export interface Origin {
  host: string;
  project: string;
  pr: number | null;
  /** Its address for people; empty where that is not known. */
  url: string;
}

/** The access that a token gives. */
export interface Access {
  /** The only host that it is sent to. */
  host: string;
  given: boolean;
  /** Whether this browser keeps it. */
  kept: boolean;
  /** Whether the page can write to the plan branch there. */
  writes: boolean;
}

/** What exists only because there is no host behind the page. */
export interface PageState {
  notices: readonly Notice[];
  /** This browser's `did:key`; empty until it is known. */
  me: string;
  /** Empty until it was given. */
  name: string;
  /** Something was written, and waits for a name. */
  nameWanted: boolean;
  /** Whether a plan is shown. */
  shown: boolean;
  /** Whether changes can be made at all: not before the document is here. */
  ready: boolean;
  /** Own changes that neither the owner nor the plan branch has. */
  unsent: number;
  origin: Origin | null;
  access: Access | null;
  /** The role in the plan's room; null without an invitation. */
  role: MemberRole | null;
  /** What is being done, in a word for the interface. */
  busy: "" | "opening" | "sending";
  /** What of the person is asked for now. */
  asked: "" | "name" | "token";
}

const INITIAL: PageState = {
  notices: [],
  me: "",
  name: "",
  nameWanted: false,
  shown: false,
  ready: false,
  unsent: 0,
  origin: null,
  access: null,
  role: null,
  busy: "opening",
  asked: "",
};

/** Holds the page's state; a new object for every change. */
export class PageStore {
  #state = INITIAL;
  readonly #listeners = new Set<() => void>();

  getState = (): PageState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<PageState>): void {
    const names = Object.keys(change) as (keyof PageState)[];
    if (names.every((name) => this.#state[name] === change[name])) return;
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }

  /** Says what is wrong, and what can be done about it. */
  tell(id: string, { message, hint }: Pick<PeerPlanError, "message" | "hint">, ...can: Remedy[]) {
    const notice = { id, message, hint, remedies: can };
    this.set({ notices: [...this.#others(id), notice] });
  }

  calm(id: string): void {
    if (this.#state.notices.some((one) => one.id === id)) this.set({ notices: this.#others(id) });
  }

  #others(id: string): Notice[] {
    return this.#state.notices.filter((one) => one.id !== id);
  }
}
