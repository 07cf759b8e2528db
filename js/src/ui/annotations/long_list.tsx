import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { Annotation } from "../../model/view";
import { useUi } from "../context";
import { Thread } from "./thread";

/** Thousands of threads in a list that holds only those on screen. */
export function LongList({ annotations }: { annotations: Annotation[] }) {
  const pane = useRef<HTMLDivElement>(null);
  const active = useUi((state) => state.active);
  const virtual = useVirtualizer({
    count: annotations.length,
    getScrollElement: () => pane.current,
    estimateSize: () => 150,
    getItemKey: (index) => annotations[index]!.id,
    overscan: 4,
  });
  const index = active === null ? -1 : annotations.findIndex((one) => one.id === active);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls can be reached by keys
    <div className="long-list" ref={pane} tabIndex={0} data-pane="">
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="long-item"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Thread annotation={annotations[item.index]!} />
          </div>
        ))}
      </div>
    </div>
  );
}
