import type { Element, ElementContent } from "hast";
import { type Components, toJsxRuntime } from "hast-util-to-jsx-runtime";
import type { ReactElement } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import { ContentImage } from "./image";

const COMPONENTS: Partial<Components> = {
  a: ({ node, children, href, ...rest }) => {
    const outside = href !== undefined && !href.startsWith("#");
    const safe = outside ? { target: "_blank", rel: "noopener noreferrer nofollow" } : {};
    return (
      <a href={href} {...rest} {...safe}>
        {children}
      </a>
    );
  },
  img: ({ src, alt }) => <ContentImage src={String(src ?? "")} alt={alt ?? ""} />,
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? "done" : "to do"} className="task">
      {checked ? "☑" : "☐"}
    </span>
  ),
  // A header cell without words names nothing: readers aloud stumble over it.
  th: ({ node, ...rest }) => (rest.children === undefined ? <td {...rest} /> : <th {...rest} />),
  table: ({ node, ...rest }) => (
    <div className="table">
      <table {...rest} />
    </div>
  ),
};

/** A sanitised element as React sees it: safe links, pictures from the evidence only. */
export function toElement(node: Element | { type: "root"; children: ElementContent[] }) {
  return toJsxRuntime(node, {
    Fragment,
    jsx,
    jsxs,
    components: COMPONENTS,
    ignoreInvalidStyle: true,
  }) as ReactElement;
}
