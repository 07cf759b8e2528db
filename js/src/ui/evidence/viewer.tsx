import type { Artifact } from "../../model/view";
import { strings } from "../strings";
import { fileSize } from "../time";
import { useArtifact } from "./content";
import { DiffViewer } from "./diff_viewer";
import { useHashState } from "./hash";
import { ImageViewer } from "./image_viewer";
import { LogViewer } from "./log_viewer";
import { PageViewer } from "./page_viewer";
import { Reading } from "./reading";
import { TestViewer } from "./test_viewer";

/** The largest text that is shown on the page, in bytes. */
const LARGEST_TEXT = 8_000_000;
const TEXTS: readonly Artifact["type"][] = ["log", "diff", "test_results", "html"];

/** An artifact in full, by its kind; a download where the kind is not shown. */
export function Viewer({ artifact }: { artifact: Artifact }) {
  const { state } = useHashState(artifact.id);
  if (state === "missing") return null;
  const tooLarge = TEXTS.includes(artifact.type) && artifact.size > LARGEST_TEXT;
  if (!tooLarge) return <Shown artifact={artifact} />;
  return <p>{strings.tooLarge(fileSize(artifact.size), fileSize(LARGEST_TEXT))}</p>;
}

function Shown({ artifact }: { artifact: Artifact }) {
  const { id, type, mediaType } = artifact;
  const alt = artifact.caption || artifact.name;
  if (type === "test_results") return <TestViewer id={id} />;
  if (type === "log" || mediaType === "text/plain") return <LogViewer id={id} name={alt} />;
  if (type === "diff") return <DiffViewer id={id} />;
  if (mediaType.startsWith("video/")) return <Video id={id} label={alt} />;
  if (mediaType.startsWith("image/")) return <ImageViewer id={id} alt={alt} />;
  if (type === "html") return <PageViewer id={id} name={artifact.name} />;
  return <p className="quiet">{strings.noPreview}</p>;
}

function Video({ id, label }: { id: string; label: string }) {
  return (
    <Reading loaded={useArtifact(id)}>
      {({ url }) => (
        // biome-ignore lint/a11y/useMediaCaption: a recording of a screen comes without captions
        <video src={url} controls preload="metadata" aria-label={label} />
      )}
    </Reading>
  );
}

export function Download({ artifact }: { artifact: Artifact }) {
  const { value } = useArtifact(artifact.id);
  if (!value) return null;
  const name = artifact.name || artifact.file;
  return (
    <a className="word" href={value.url} download={name} aria-label={`${strings.download} ${name}`}>
      {strings.download}
    </a>
  );
}
