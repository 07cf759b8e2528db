import { DocumentProse } from "../prose";
import { strings } from "../strings";
import { Ansi } from "./ansi";
import { useArtifactText } from "./content";
import { type Cell, type Output, parseNotebook } from "./notebook";
import { Reading } from "./reading";

/** A notebook as it was saved: its words, its code and what that printed. Nothing runs. */
export function NotebookViewer({ id, name }: { id: string; name: string }) {
  const loaded = useArtifactText(id, parseNotebook);
  return (
    <Reading loaded={loaded}>
      {(cells) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls can be reached by keys
        <section className="notebook" tabIndex={0} aria-label={name}>
          {cells.length === 0 && <p className="quiet">{strings.noCells}</p>}
          {cells.map((cell, index) => (
            <CellView key={`${index.toString()} ${cell.kind}`} cell={cell} />
          ))}
        </section>
      )}
    </Reading>
  );
}

function CellView({ cell }: { cell: Cell }) {
  if (cell.kind === "markdown") return <DocumentProse text={cell.source} />;
  if (cell.kind === "raw") return <pre>{cell.source}</pre>;
  return (
    <div className="cell">
      <span className="count quiet mono">[{cell.count ?? " "}]</span>
      <pre className="source">{cell.source}</pre>
      {cell.outputs.map((output, index) => (
        <OutputView key={`${index.toString()} ${output.kind}`} output={output} />
      ))}
    </div>
  );
}

function OutputView({ output }: { output: Output }) {
  if (output.kind === "image") return <img src={output.url} alt={strings.pictureOutput} />;
  if (output.kind === "other")
    return <p className="quiet">{strings.outputNotShown(output.mediaType)}</p>;
  return (
    <pre className={output.error ? "output failed" : "output"}>
      <Ansi text={output.text} />
    </pre>
  );
}
