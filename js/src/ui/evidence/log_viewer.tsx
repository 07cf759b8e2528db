import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { strings } from "../strings";
import { Ansi } from "./ansi";
import { useArtifactText } from "./content";
import { Reading } from "./reading";

const LINE = 18;

/** A log in the colours of its terminal, however long. */
export function LogViewer({ id, name }: { id: string; name: string }) {
  const loaded = useArtifactText(id, linesOf);
  return <Reading loaded={loaded}>{(lines) => <Lines lines={lines} name={name} />}</Reading>;
}

function linesOf(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
}

function Lines({ lines, name }: { lines: string[]; name: string }) {
  const pane = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => pane.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls can be reached by keys
    <section className="log-lines" ref={pane} tabIndex={0} aria-label={name}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className="line"
            style={{ transform: `translateY(${item.start}px)`, height: LINE }}
          >
            <span className="line-number">{item.index + 1}</span>
            <Ansi text={lines[item.index] ?? ""} />
          </div>
        ))}
      </div>
      <p className="hidden">{strings.lines(lines.length)}</p>
    </section>
  );
}
