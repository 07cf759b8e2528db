import type { ReactNode } from "react";
import { ErrorLine } from "../failure";
import { strings } from "../strings";
import type { Loaded } from "./content";

interface Props<T> {
  loaded: Loaded<T>;
  children: (value: T) => ReactNode;
}

/** What was loaded, or why it was not. */
export function Reading<T>({ loaded, children }: Props<T>) {
  if (loaded.error) {
    const own = loaded.error.code === "unreadable";
    return (
      <>
        {own && <p className="quiet">{strings.unreadable}</p>}
        <ErrorLine error={loaded.error} />
      </>
    );
  }
  return loaded.value === null ? <div className="reserved" /> : children(loaded.value);
}
