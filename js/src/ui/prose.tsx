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
const SCHEMA: Options = { ...defaultSchema, tagNames: INLINE };

const pipeline = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype)
  .use(rehypeSanitize, SCHEMA)
  .freeze();

/** What somebody wrote in a comment: simple markdown, without headings, pictures or HTML. */
export const Prose = memo(function Prose({ text }: { text: string }) {
  const tree = pipeline.runSync(pipeline.parse(text)) as Root;
  const children = tree.children.filter(
    (child): child is Element | Extract<ElementContent, { type: "text" }> =>
      child.type === "element" || child.type === "text",
  );
  return <div className="prose">{toElement({ type: "root", children })}</div>;
});
