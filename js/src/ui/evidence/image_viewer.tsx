import { useState } from "react";
import { strings } from "../strings";
import { useArtifact } from "./content";
import { Reading } from "./reading";

/** A picture fitted to the page; a press shows it in full size. */
export function ImageViewer({ id, alt }: { id: string; alt: string }) {
  const [full, setFull] = useState(false);
  return (
    <Reading loaded={useArtifact(id)}>
      {({ url }) => (
        <div className={`picture ${full ? "full" : ""}`} tabIndex={full ? 0 : undefined}>
          <button
            type="button"
            title={full ? strings.zoomOut : strings.zoomIn}
            onClick={() => setFull(!full)}
          >
            <img src={url} alt={alt} />
          </button>
        </div>
      )}
    </Reading>
  );
}
