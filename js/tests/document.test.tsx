import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { beginning } from "../src/ui/document/beginning";
import { toElement } from "../src/ui/document/elements";
import { parseMarkdown } from "../src/ui/document/markdown";
import { withMarks } from "../src/ui/document/marked";
import { type Mark, marksByRange, segments } from "../src/ui/document/marks";
import { drawnRange, sourceRange, textTarget, within } from "../src/ui/document/selection";
import { sourceRuns } from "../src/ui/document/source_runs";

function draw(source: string, marks: Mark[] = []) {
  const children = parseMarkdown(source).map((block) => withMarks(block.node, marks, null));
  return render(toElement({ type: "root", children })).container;
}

function textNodes(container: Element): Text[] {
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) found.push(node as Text);
  return found;
}

/** Selects from the first place of `from` to the end of the first place of `to`. */
function select(container: Element, from: string, to = from): Range {
  const range = document.createRange();
  const first = textNodes(container).find((node) => node.data.includes(from))!;
  const last = textNodes(container).find((node) => node.data.includes(to))!;
  range.setStart(first, first.data.indexOf(from));
  range.setEnd(last, last.data.indexOf(to) + to.length);
  return range;
}

function selected(source: string, from: string, to = from): string | null {
  const container = draw(source);
  const found = sourceRange(select(container, from, to), container, source);
  return found && source.slice(found.start, found.end);
}

const mark = (id: string, start: number, end: number): Mark => ({
  id,
  type: "question",
  start,
  end,
  ambiguous: false,
  pending: false,
});

test("selected text is found in a paragraph, a list, a table, a quotation and a heading", () => {
  expect(selected("One two three.", "two")).toBe("two");
  expect(selected("# A title\n\nText", "title")).toBe("title");
  expect(selected("- one\n- two\n  - three", "three")).toBe("three");
  expect(selected("| a | b |\n|---|---|\n| c | d e |", "d e")).toBe("d e");
  expect(selected("> said\n> so", "so")).toBe("so");
});

test("a selection over emphasis takes the notation with it", () => {
  expect(selected("A **bold** claim and more", "A", "claim")).toBe("A **bold** claim");
});

test("a selection over several blocks covers all of them", () => {
  expect(selected("First.\n\nSecond one.\n\nThird.", "irst", "Third")).toBe(
    "irst.\n\nSecond one.\n\nThird",
  );
});

test("text in code is found behind its fence, even where the fence says the same", () => {
  expect(selected("```import\nimport os\n```", "import os")).toBe("import os");
  expect(selected("    indented code\n    more", "more")).toBe("more");
  expect(selected("Call `open()` first", "open()")).toBe("open()");
});

test("escapes and character references are mapped to where they stand", () => {
  expect(selected("a \\* b &amp; c d", "c d")).toBe("c d");
  expect(selected("x &lt;tag&gt; y", "tag")).toBe("tag");
  expect(selected("snow &#9731; man", "man")).toBe("man");
});

test("text behind characters outside of the BMP is found, and counted in code points", () => {
  const source = "🙂🙂 then **this**";
  const container = draw(source);
  const range = sourceRange(select(container, "this"), container, source)!;
  expect(source.slice(range.start, range.end)).toBe("this");
  const target = textTarget(source, range);
  expect(target).toMatchObject({ position: { start: 10, end: 14 }, quote: { exact: "this" } });
});

test("soft line breaks in quotations and lists do not shift what follows", () => {
  expect(selected("> one\n> two three\n> four", "three")).toBe("three");
  expect(selected("* one\n  two three", "three")).toBe("three");
});

test("white space around a selection is not part of it", () => {
  expect(selected("One two three", " two ")).toBe("two");
});

test("every rendered character stands at its place in the source", () => {
  const source =
    '# T \\# x\n\nA &amp; b *c* `d` [e f](http://x/ "t") ~~g~~ 🙂 h\n\n- [x] i\n\n> j\n> k\n\n```\nl\n```\n';
  for (const node of textNodes(draw(source))) {
    const at = node.parentElement?.getAttribute("data-s");
    if (at === null || at === undefined) continue;
    const there = source.slice(Number(at), Number(at) + node.data.length);
    expect(there === node.data || there.startsWith("&")).toBe(true);
  }
});

test("runs put together are the text again", () => {
  const cases: [string, string][] = [
    ["a*b", "a\\*b"],
    ["x & y", "x &amp; y"],
    ["one\ntwo", "one\n> two"],
  ];
  for (const [value, source] of cases) {
    const runs = sourceRuns(value, source, 0, source.length);
    expect(runs.map((run) => run.value).join("")).toBe(value);
  }
});

test("raw HTML and scripts are never elements of the page", () => {
  const container = draw(
    '<img src=x onerror="alert(1)"> <script>alert(1)</script> [go](javascript:alert(1)) ok',
  );
  expect(container.querySelector("script, img, [onerror]")).toBeNull();
  expect(container.querySelector("a")?.getAttribute("href") ?? "").not.toContain("javascript");
});

test("links open elsewhere and tell nothing", () => {
  const link = draw("[site](https://example.org)").querySelector("a")!;
  expect(link.rel).toContain("noopener");
  expect(link.target).toBe("_blank");
});

test("overlapping marks are cut where they begin and end, the shortest first", () => {
  const parts = segments([mark("a", 0, 10), mark("b", 5, 12)], 0, 20);
  expect(parts.map(({ start, end, marks }) => [start, end, marks.map((one) => one.id)])).toEqual([
    [0, 5, ["a"]],
    [5, 10, ["b", "a"]],
    [10, 12, ["b"]],
    [12, 20, []],
  ]);
});

test("a mark over emphasis is one mark in several pieces that begins once", () => {
  const source = "A **bold** claim";
  const container = draw(source, [mark("m", 0, source.length)]);
  const pieces = [...container.querySelectorAll("mark")];
  expect(pieces.map((piece) => piece.textContent)).toEqual(["A ", "bold", " claim"]);
  expect(container.querySelectorAll("[data-first]")).toHaveLength(1);
});

test("marks come to the blocks that they reach into", () => {
  const grouped = marksByRange(
    [mark("a", 0, 3), mark("b", 2, 12), mark("c", 11, 12)],
    [
      { start: 0, end: 5 },
      { start: 7, end: 9 },
      { start: 10, end: 15 },
    ],
  );
  expect(grouped.map((marks) => marks.map((one) => one.id))).toEqual([
    ["a", "b"],
    ["b"],
    ["b", "c"],
  ]);
});

test("a selection that runs out of the text counts as far as the text goes", () => {
  const source = "First.\n\nThe very last words";
  const container = draw(source);
  const outside = document.body.appendChild(document.createElement("p"));
  const range = select(container, "last");
  range.setEnd(outside, 0);
  const found = sourceRange(within(range, container)!, container, source)!;
  expect(source.slice(found.start, found.end)).toBe("last words");
  range.selectNodeContents(outside);
  expect(within(range, container)).toBeNull();
});

test("a part of the source is found again where it is drawn", () => {
  const source = "One **bold `code`** end.\n\n- item";
  const container = draw(source, [mark("a", 6, 9)]);
  const part = { start: 7, end: source.indexOf("end") + 3 };
  const range = drawnRange(part, container)!;
  expect(range.toString()).toBe("old code end");
  expect(sourceRange(range, container, source)).toEqual(part);
  expect(drawnRange({ start: 0, end: 900 }, container)).toBeNull();
});

test("a header cell without words is no header", () => {
  const container = draw("| | today |\n| --- | --- |\n| where | here |");
  expect([...container.querySelectorAll("th")].map((cell) => cell.textContent)).toEqual(["today"]);
});

test("the beginning of a long text ends between two blocks and is drawn as in the whole", () => {
  const source = "Some **words**.\n\n".repeat(1_000);
  const blocks = parseMarkdown(beginning(source));
  expect(blocks.length).toBeGreaterThan(100);
  expect(blocks.length).toBeLessThan(900);
  expect(blocks).toEqual(parseMarkdown(source).slice(0, blocks.length));
});

test("a text is drawn whole at once where it is short, or where its end may define a link", () => {
  const long = "See [here].\n\n".repeat(2_000);
  const defined = `${long}[here]: https://example.org`;
  expect(beginning("One.\n\nTwo.")).toBe("One.\n\nTwo.");
  expect(beginning(defined)).toBe(defined);
  expect(beginning("x".repeat(40_000))).toBe("x".repeat(40_000));
});
