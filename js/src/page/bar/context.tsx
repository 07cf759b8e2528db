import { createContext, useContext, useSyncExternalStore } from "react";
import type { PageSession } from "../page_session";
import type { PageState } from "../page_state";

export const PageContext = createContext<PageSession | null>(null);

export function usePage(): PageSession {
  const found = useContext(PageContext);
  if (!found) throw new Error("Outside of a page.");
  return found;
}

/** One part of the page's state. */
export function usePageState<T>(select: (state: PageState) => T): T {
  const { page } = usePage();
  return useSyncExternalStore(page.subscribe, () => select(page.getState()));
}

/** Offers a file to the person as a download; false without one. */
export function saveFile(file: File | null): boolean {
  if (!file) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return true;
}
