export type Output =
  | { kind: "text"; text: string; error: boolean }
  | { kind: "image"; url: string }
  /** Of a media type that is not shown. */
  | { kind: "other"; mediaType: string };

export interface Cell {
  kind: "markdown" | "code" | "raw";
  source: string;
  /** Null for a cell that was not run. */
  count: number | null;
  outputs: Output[];
}

type Lines = string | string[];

interface NotebookFile {
  nbformat?: number;
  cells?: {
    cell_type?: string;
    source?: Lines;
    execution_count?: number | null;
    outputs?: OutputFile[];
  }[];
}

interface OutputFile {
  output_type?: string;
  name?: string;
  text?: Lines;
  traceback?: string[];
  data?: Record<string, unknown>;
}

/** The cells of a notebook in nbformat 4. Throws where it is none. */
export function parseNotebook(text: string): Cell[] {
  const file = JSON.parse(text) as NotebookFile | null;
  if (file?.nbformat !== 4 || !Array.isArray(file.cells)) {
    throw new Error("This is not a notebook in nbformat 4.");
  }
  return file.cells.map((cell) => ({
    kind: cell.cell_type === "code" || cell.cell_type === "markdown" ? cell.cell_type : "raw",
    source: joined(cell.source),
    count: cell.execution_count ?? null,
    outputs: (cell.outputs ?? []).map(outputOf),
  }));
}

function outputOf({ output_type, name, text, traceback, data }: OutputFile): Output {
  if (output_type === "stream") {
    return { kind: "text", text: joined(text), error: name === "stderr" };
  }
  if (output_type === "error") {
    return { kind: "text", text: (traceback ?? []).join("\n"), error: true };
  }
  return shown(data ?? {});
}

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const BASE64 = /^[\w+/=\s]+$/;

/** Pictures before text; what would have to run is not shown. */
function shown(data: Record<string, unknown>): Output {
  for (const mediaType of PICTURES) {
    const bytes = joined(data[mediaType]);
    if (BASE64.test(bytes)) return { kind: "image", url: `data:${mediaType};base64,${bytes}` };
  }
  const drawing = joined(data["image/svg+xml"]);
  if (drawing) {
    return { kind: "image", url: `data:image/svg+xml,${encodeURIComponent(drawing)}` };
  }
  const text = joined(data["text/plain"]);
  if (text) return { kind: "text", text, error: false };
  return { kind: "other", mediaType: Object.keys(data)[0] ?? "" };
}

function joined(lines: unknown): string {
  if (typeof lines === "string") return lines;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === "string").join("") : "";
}
