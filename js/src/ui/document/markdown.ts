import type { Element, ElementContent, Root, RootContent, Text } from "hast";
import rehypeSanitize, { defaultSchema, type Options } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { sourceRuns } from "./source_runs";

/** A top-level piece of the document, with the part of the source it stands for (UTF-16). */
export interface Block {
  key: string;
  node: Element;
  start: number;
  end: number;
}

const SCHEMA: Options = {
  ...defaultSchema,
  clobberPrefix: "content-",
  tagNames: (defaultSchema.tagNames ?? []).filter(
    (name) => name !== "picture" && name !== "source",
  ),
};

const pipeline = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype)
  .use(rehypeSanitize, SCHEMA)
  .freeze();

/**
 * Markdown as sanitised blocks. Raw HTML is left out. Text that stands in the source is wrapped in
 * `span` elements whose `data-s` is its UTF-16 position there.
 */
export function parseMarkdown(source: string): Block[] {
  const tree = pipeline.runSync(pipeline.parse(source)) as Root;
  const seen = new Map<string, number>();
  return tree.children.flatMap((child) => block(child, source, seen));
}

function block(child: RootContent, source: string, seen: Map<string, number>): Block[] {
  if (child.type !== "element") return [];
  const start = child.position?.start.offset ?? source.length;
  const end = child.position?.end.offset ?? source.length;
  const text = source.slice(start, end);
  const count = seen.get(text) ?? 0;
  seen.set(text, count + 1);
  return [
    { key: `${text.length}:${hash(text)}:${count}`, node: located(child, source), start, end },
  ];
}

function located(element: Element, source: string): Element {
  return {
    ...element,
    children: element.children.flatMap((child) => locatedChild(child, element, source)),
  };
}

function locatedChild(child: ElementContent, parent: Element, source: string): ElementContent[] {
  if (child.type === "element") return [located(child, source)];
  if (child.type !== "text") return [];
  const range = rangeOf(child, parent, source);
  if (!range) return [child];
  return sourceRuns(child.value, source, ...range).map(({ value, start }) => ({
    type: "element",
    tagName: "span",
    properties: { dataS: start },
    children: [{ type: "text", value }],
  }));
}

/** Where a text's source is. A code block's text has no position of its own: its fence has. */
function rangeOf(text: Text, parent: Element, source: string): [number, number] | null {
  const own = text.position;
  if (own?.start.offset !== undefined && own.end.offset !== undefined) {
    return [own.start.offset, own.end.offset];
  }
  const outer = parent.tagName === "code" ? parent.position : undefined;
  if (outer?.start.offset === undefined || outer.end.offset === undefined) return null;
  const fenced = /^\s*(?:`{3,}|~{3,})/.test(source.slice(outer.start.offset, outer.end.offset));
  const line = source.indexOf("\n", outer.start.offset);
  return [fenced && line >= 0 ? line + 1 : outer.start.offset, outer.end.offset];
}

/** FNV-1a, 32 bit: tells blocks apart from one text to the next, nothing more. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(36);
}
