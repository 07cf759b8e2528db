import { useSyncExternalStore } from "react";
import type { AnnotationType, NewTarget, Verdict, WireError } from "../model/view";
import type { SourceRange } from "./document/selection";
import { Memory } from "./memory";

export type Filter = "open" | "resolved" | "all";

/** A comment that is being written. */
export interface Composing {
  target: NewTarget;
  type: AnnotationType;
  /** Why it was refused when it was sent. */
  refusal?: WireError;
}

/** Under which name what is written about a target outlives a reload. */
export function draftOf(target: NewTarget): string {
  return `new:${placeIn(target)}`;
}

function placeIn(target: NewTarget): string {
  if (target.type === "text") return `text:${target.quote.prefix ?? ""}|${target.quote.exact}`;
  if (target.type === "step") return `step:${target.stepId}`;
  if (target.type !== "artifact") return "plan";
  return ["artifact", target.artifactId, target.selector?.value].filter(Boolean).join(":");
}

/** What this page shows, and nobody else needs to know. */
export interface UiState {
  /** The annotation whose thread is open. */
  active: string | null;
  filter: Filter;
  composing: Composing | null;
  /** Comments that were begun and left, each with its words under `draftOf` its target. */
  drafts: readonly Composing[];
  /** The verdict that is being written. */
  verdict: Verdict | null;
  /** Artifacts whose viewer is open. */
  opened: readonly string[];
  /** The paragraph that the keyboard is on. */
  block: SourceRange | null;
  /** The annotation that is to be attached to the next selection. */
  reanchoring: string | null;
  /** On a narrow screen: whether the comments are raised. */
  sheet: boolean;
  /** Whether the review lies over the whole window. */
  enlarged: boolean;
  help: boolean;
  /** Whether the links into the plan's room are shown. */
  sharing: boolean;
}

const INITIAL: UiState = {
  active: null,
  filter: "open",
  composing: null,
  drafts: [],
  verdict: null,
  opened: [],
  block: null,
  reanchoring: null,
  sheet: false,
  enlarged: false,
  help: false,
  sharing: false,
};

const REMEMBERED = ["active", "filter", "composing", "drafts", "opened", "verdict"] as const;

/** The interface's own state; part of it outlives a reload. */
export class UiStore {
  readonly memory: Memory;
  #state: UiState;
  #listeners = new Set<() => void>();

  constructor(planId: string) {
    this.memory = new Memory(planId);
    this.#state = { ...INITIAL, ...this.memory.read<Partial<UiState>>("page") };
  }

  getState = (): UiState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(change: Partial<UiState>): void {
    this.#state = { ...this.#state, ...change };
    const kept = REMEMBERED.map((name) => [name, this.#state[name]]);
    if (REMEMBERED.some((name) => name in change)) {
      this.memory.write("page", Object.fromEntries(kept));
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Opens a thread; nothing else stays half open. */
  activate(id: string | null): void {
    this.set({ active: id, sheet: id !== null || this.#state.sheet });
  }

  /** Begins a comment, or goes on with the one that was begun about the same. */
  compose(target: NewTarget, type: AnnotationType): void {
    const drafts = this.#withDraft().filter((one) => draftOf(one.target) !== draftOf(target));
    this.set({ composing: { target, type }, drafts, active: null, sheet: true });
  }

  /** Leaves the comment that is being written; its words stay with what they are about. */
  setAside(): void {
    this.set({ composing: null, drafts: this.#withDraft() });
  }

  /** Throws away a comment that was begun. */
  discardDraft(target: NewTarget): void {
    const name = draftOf(target);
    this.memory.write(`draft:${name}`, null);
    this.set({ drafts: this.#state.drafts.filter((one) => draftOf(one.target) !== name) });
  }

  #withDraft(): readonly Composing[] {
    const { composing, drafts } = this.#state;
    if (!composing || !this.memory.read(`draft:${draftOf(composing.target)}`)) return drafts;
    return [...drafts, composing];
  }

  toggleArtifact(id: string): void {
    const { opened } = this.#state;
    const without = opened.filter((one) => one !== id);
    this.set({ opened: without.length < opened.length ? without : [...opened, id] });
  }
}

/** One part of the interface's state. */
export function useUiState<T>(store: UiStore, select: (state: UiState) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
