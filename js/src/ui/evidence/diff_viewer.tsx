import { Diff, type FileData, Hunk, parseDiff } from "react-diff-view";
import { strings } from "../strings";
import { useArtifactText } from "./content";
import { diffStatistics } from "./diff_statistics";
import { Reading } from "./reading";

interface Read {
  files: FileData[];
  text: string;
}

/** A unified diff, file by file. */
export function DiffViewer({ id }: { id: string }) {
  const loaded = useArtifactText(id, (text): Read => ({ files: parseDiff(text), text }));
  return (
    <Reading loaded={loaded}>
      {({ files, text }) => {
        const { added, removed } = diffStatistics(text);
        return (
          <div className="diff-files">
            <p className="quiet">
              {strings.files(files.length)} · <span className="added">+{added}</span>{" "}
              <span className="removed">−{removed}</span>
            </p>
            {files.map((file) => (
              <File key={`${file.oldPath} ${file.newPath}`} file={file} />
            ))}
          </div>
        );
      }}
    </Reading>
  );
}

function File({ file }: { file: FileData }) {
  const path = file.type === "delete" ? file.oldPath : file.newPath;
  return (
    <details className="diff-file" open>
      <summary className="mono">{path}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls can be reached by keys */}
      <section className="diff-pane" tabIndex={0} aria-label={path}>
        <Diff viewType="unified" diffType={file.type} hunks={file.hunks}>
          {(hunks) => hunks.map((hunk) => <Hunk key={hunk.content} hunk={hunk} />)}
        </Diff>
      </section>
    </details>
  );
}
