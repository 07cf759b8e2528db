import { useView } from "../context";
import { useArtifact } from "../evidence/content";
import { strings } from "../strings";

/** A picture in the text. Only what is among the evidence is ever loaded. */
export function ContentImage({ src, alt }: { src: string; alt: string }) {
  const found = useView(({ plan }) => {
    const name = decoded(src);
    return plan.artifacts.find(
      (one) => !one.withdrawn && one.mediaType.startsWith("image/") && named(one, name),
    );
  });
  return found ? (
    <ArtifactImage id={found.id} alt={alt || found.caption || found.name} />
  ) : (
    <span className="not-shown">{strings.notShown(alt)}</span>
  );
}

function ArtifactImage({ id, alt }: { id: string; alt: string }) {
  const content = useArtifact(id);
  return content.value ? <img src={content.value.url} alt={alt} /> : <span>{alt}</span>;
}

function named(one: { file: string; name: string; url: string }, name: string): boolean {
  return one.file === name || one.name === name || one.url === name;
}

function decoded(src: string): string {
  try {
    return decodeURIComponent(src.replace(/^\.\//, ""));
  } catch {
    return src;
  }
}
