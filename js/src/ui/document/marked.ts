import type { Element, ElementContent } from "hast";
import { type Mark, type Segment, segments } from "./marks";

/** `node` with its text cut at the marks; the same object where there are none. */
export function withMarks(node: Element, marks: readonly Mark[], active: string | null): Element {
  if (marks.length === 0) return node;
  const seen = new Set<string>();
  return cut(node, marks, active, seen);
}

function cut(node: Element, marks: readonly Mark[], active: string | null, seen: Set<string>) {
  const children = node.children.flatMap((child): ElementContent[] => {
    if (child.type !== "element") return [child];
    const run = runOf(child);
    if (!run) return [cut(child, marks, active, seen)];
    const end = run.start + run.value.length;
    const parts = segments(marks, run.start, end);
    if (parts.length === 1 && parts[0]!.marks.length === 0) return [child];
    return parts.map((part) => piece(run, part, active, seen));
  });
  return { ...node, children };
}

interface Run {
  start: number;
  value: string;
}

function runOf(element: Element): Run | null {
  const start = element.properties.dataS;
  const text = element.children[0];
  return typeof start === "number" && text?.type === "text" ? { start, value: text.value } : null;
}

function piece(run: Run, part: Segment, active: string | null, seen: Set<string>): Element {
  const value = run.value.slice(part.start - run.start, part.end - run.start);
  const text: ElementContent = { type: "text", value };
  const [top, under] = part.marks;
  if (!top) return element("span", { dataS: part.start }, text);
  const className = ["mark", top.type];
  if (under) className.push("over");
  if (part.marks.every((mark) => mark.ambiguous)) className.push("ambiguous");
  if (part.marks.every((mark) => mark.pending)) className.push("pending");
  if (part.marks.some((mark) => mark.id === active)) className.push("active");
  const begins = part.marks.filter((mark) => !seen.has(mark.id)).map((mark) => mark.id);
  for (const id of begins) seen.add(id);
  const ids = part.marks.map((mark) => mark.id).join(" ");
  const first = begins.length > 0 ? { dataFirst: begins.join(" ") } : {};
  const second = under ? { dataUnder: under.type } : {};
  return element("mark", { dataS: part.start, dataA: ids, className, ...first, ...second }, text);
}

function element(tagName: string, properties: Element["properties"], child: ElementContent) {
  return { type: "element", tagName, properties, children: [child] } satisfies Element;
}
