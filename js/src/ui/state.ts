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

/** What this page shows, and nobody else needs to know. */
export interface UiState {
  /** The annotation whose thread is open. */
  active: string | null;
  filter: Filter;
  composing: Composing | null;
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
}

const INITIAL: UiState = {
  active: null,
  filter: "open",
  composing: null,
  verdict: null,
  opened: [],
  block: null,
  reanchoring: null,
  sheet: false,
  enlarged: false,
  help: false,
};

const REMEMBERED = ["active", "filter", "composing", "opened", "verdict"] as const;

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

  compose(target: NewTarget, type: AnnotationType): void {
    this.set({ composing: { target, type }, active: null, sheet: true });
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
