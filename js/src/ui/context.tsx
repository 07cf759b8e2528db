import { createContext, useContext, useSyncExternalStore } from "react";
import type { View } from "../model/view";
import type { Session, SessionState } from "../session/session";
import { type UiState, type UiStore, useUiState } from "./state";
import { strings } from "./strings";

export interface ReviewContext {
  session: Session;
  ui: UiStore;
  /** The root that selections and focus live in. */
  root: ShadowRoot;
}

export const Context = createContext<ReviewContext | null>(null);

export function useReview(): ReviewContext {
  const found = useContext(Context);
  if (!found) throw new Error("Outside of a review.");
  return found;
}

/** One part of what the session shows; redraws only when that part changes. */
export function useSessionState<T>(select: (state: SessionState) => T): T {
  const { session } = useReview();
  return useSyncExternalStore(session.subscribe, () => select(session.getState()));
}

/** One part of the view. Only below the place where the view is there. */
export function useView<T>(select: (view: View) => T): T {
  return useSessionState((state) => select(state.view!));
}

export function useUi<T>(select: (state: UiState) => T): T {
  return useUiState(useReview().ui, select);
}

export interface Person {
  id: string;
  name: string;
  kind: "human" | "agent";
  me: boolean;
}

/** Who an author id is; somebody unknown still has a name. */
export function usePerson(id: string): Person {
  const identity = useView(({ plan }) => plan.identities[id]);
  const me = useView(({ live }) => live.me);
  const known = identity ?? (id === me.id ? me : undefined);
  return {
    id,
    name: known?.name ?? strings.unknown,
    kind: known?.kind ?? "human",
    me: id === me.id,
  };
}
