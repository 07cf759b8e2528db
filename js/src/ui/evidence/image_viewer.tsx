import { useState } from "react";
import { strings } from "../strings";
import { Media } from "./media";

/** A picture fitted to the page; a press shows it in full size. */
export function ImageViewer({ id, alt }: { id: string; alt: string }) {
  const [full, setFull] = useState(false);
  return (
    <Media id={id}>
      {(url, failed) => (
        <div className={`picture ${full ? "full" : ""}`} tabIndex={full ? 0 : undefined}>
          <button
            type="button"
            title={full ? strings.zoomOut : strings.zoomIn}
            aria-pressed={full}
            onClick={() => setFull(!full)}
          >
            <img src={url} alt={alt} onError={failed} />
          </button>
        </div>
      )}
    </Media>
  );
}
