import { lazy, Suspense } from "react";
import type { Artifact } from "../../model/view";
import { strings } from "../strings";
import { fileSize } from "../time";
import { useArtifact } from "./content";
import { useHashState } from "./hash";
import { ImageViewer } from "./image_viewer";
import { LogViewer } from "./log_viewer";
import { Media } from "./media";
import { NotebookViewer } from "./notebook_viewer";
import { PageViewer } from "./page_viewer";
import { TestViewer } from "./test_viewer";

/** Its library is large and rarely needed: a page that can load it later does. */
const DiffViewer = lazy(async () => ({ default: (await import("./diff_viewer")).DiffViewer }));

/** The largest text that is shown on the page, in bytes. */
const LARGEST_TEXT = 8_000_000;
const READ: readonly Artifact["type"][] = ["log", "diff", "test_results", "html", "notebook"];

/** An artifact in full, by its kind; a download where the kind is not shown. */
export function Viewer({ artifact }: { artifact: Artifact }) {
  const { state } = useHashState(artifact.id);
  if (state === "missing") return null;
  const read = READ.includes(artifact.type) || isText(artifact);
  const tooLarge = read && artifact.size > LARGEST_TEXT;
  if (!tooLarge) return <Shown artifact={artifact} />;
  return <p>{strings.tooLarge(fileSize(artifact.size), fileSize(LARGEST_TEXT))}</p>;
}

function Shown({ artifact }: { artifact: Artifact }) {
  const { id, type, mediaType } = artifact;
  const alt = artifact.caption || artifact.name;
  if (type === "test_results") return <TestViewer id={id} />;
  if (type === "diff") return <Diff id={id} />;
  if (type === "notebook") return <NotebookViewer id={id} name={alt} />;
  if (mediaType.startsWith("video/")) return <Video id={id} label={alt} />;
  if (mediaType.startsWith("image/")) return <ImageViewer id={id} alt={alt} />;
  if (type === "html") return <PageViewer id={id} name={artifact.name} />;
  if (isText(artifact)) return <LogViewer id={id} name={alt} />;
  return <p className="quiet">{strings.noPreview}</p>;
}

function Diff({ id }: { id: string }) {
  return (
    <Suspense fallback={null}>
      <DiffViewer id={id} />
    </Suspense>
  );
}

function isText({ type, mediaType }: Artifact): boolean {
  return type !== "recording" && /^text\/|^application\/(json|xml)$/.test(mediaType);
}

function Video({ id, label }: { id: string; label: string }) {
  return (
    <Media id={id}>
      {(url, failed) => (
        // biome-ignore lint/a11y/useMediaCaption: a recording of a screen comes without captions
        <video src={url} controls preload="metadata" aria-label={label} onError={failed} />
      )}
    </Media>
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
