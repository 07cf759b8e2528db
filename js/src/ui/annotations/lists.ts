import { useMemo } from "react";
import type { Annotation } from "../../model/view";
import { useUi, useView } from "../context";
import { inOrder, isUnanchored, passes } from "../order";

export interface Lists {
  /** In the order of the page; those that lost their text are not among them. */
  shown: Annotation[];
  unanchored: Annotation[];
  open: number;
  resolved: number;
  all: number;
  /** Whether they are still to come. */
  waiting: boolean;
}

/** The annotations as the filter leaves them; an open thread stays until it is left. */
export function useLists(): Lists {
  const plan = useView((view) => view.plan);
  const waiting = useView(({ beginning }) => beginning ?? false);
  const filter = useUi((state) => state.filter);
  const stray = useStray();
  const ordered = inOrder(plan);
  return useMemo(() => {
    const kept = ordered.filter((one) => one.id === stray || passes(one, filter));
    return {
      shown: kept.filter((one) => !isUnanchored(one)),
      unanchored: kept.filter(isUnanchored),
      open: ordered.filter((one) => passes(one, "open")).length,
      resolved: ordered.filter((one) => passes(one, "resolved")).length,
      all: ordered.length,
      waiting,
    };
  }, [ordered, filter, stray, waiting]);
}

/** The open thread, if the filter alone would hide it. */
export function useStray(): string | null {
  const annotations = useView(({ plan }) => plan.annotations);
  const filter = useUi((state) => state.filter);
  const active = useUi((state) => state.active);
  const found = useMemo(() => annotations.find((one) => one.id === active), [annotations, active]);
  return found && !passes(found, filter) ? active : null;
}
