import type { Element, ElementContent, Root } from "hast";
import { memo } from "react";
import rehypeSanitize, { defaultSchema, type Options } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { toElement } from "./document/elements";

const INLINE = [
  "p",
  "em",
  "strong",
  "code",
  "pre",
  "a",
  "ul",
  "ol",
  "li",
  "blockquote",
  "del",
  "br",
];
const BLOCKS = ["h1", "h2", "h3", "h4", "h5", "h6", "hr"];
const TABLES = ["table", "thead", "tbody", "tr", "th", "td"];

function pipeline(tagNames: string[]) {
  const schema: Options = { ...defaultSchema, tagNames };
  return unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype)
    .use(rehypeSanitize, schema)
    .freeze();
}

const remarks = pipeline(INLINE);
const documents = pipeline([...INLINE, ...BLOCKS, ...TABLES]);

/** What somebody wrote in a comment: simple markdown, without headings, pictures or HTML. */
export const Prose = memo(function Prose({ text }: { text: string }) {
  return <div className="prose">{drawn(text, remarks)}</div>;
});

/** Markdown of a file, with headings and tables, without pictures or HTML. */
export const DocumentProse = memo(function DocumentProse({ text }: { text: string }) {
  return <div className="prose">{drawn(text, documents)}</div>;
});

function drawn(text: string, by: typeof remarks) {
  const tree = by.runSync(by.parse(text)) as Root;
  const children = tree.children.filter(
    (child): child is Element | Extract<ElementContent, { type: "text" }> =>
      child.type === "element" || child.type === "text",
  );
  return toElement({ type: "root", children });
}
