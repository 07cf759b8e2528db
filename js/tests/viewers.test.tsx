import { act, fireEvent, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { files } from "../dev/sample_files";
import type { Artifact, View } from "../src/model/view";
import { parseNotebook } from "../src/ui/evidence/notebook";
import { likeABrowser, shown } from "./support/shown";

const blobs = new Map<string, Blob>();
let network = true;

/** Blob URLs, which jsdom cannot make or fetch. */
beforeEach(() => {
  likeABrowser();
  blobs.clear();
  network = true;
  URL.createObjectURL = (made) => {
    const url = `blob:${blobs.size}`;
    blobs.set(url, made as Blob);
    return url;
  };
  globalThis.fetch = async (url) => {
    const found = blobs.get(String(url));
    if (!found || !network) throw new TypeError("Failed to fetch");
    return { ok: true, status: 200, text: () => textOf(found) } as Response;
  };
});

function textOf(blob: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.readAsText(blob);
  });
}

/** The card of an artifact whose viewer was opened. */
async function opened(
  name: string,
  given: typeof files = files,
  change: (one: Artifact) => Artifact = (one) => one,
) {
  const changed = (view: View): View => {
    const { plan } = view;
    return { ...view, plan: { ...plan, artifacts: plan.artifacts.map(change) } };
  };
  const found = await shown(changed, { files: given });
  const card = found.root.querySelector<HTMLElement>(`article.card[aria-label="${name}"]`)!;
  await act(async () =>
    fireEvent.click(within(card).getByRole("button", { name: `Open ${name}` })),
  );
  return { ...found, card: within(card) };
}

function asFile(mediaType: string, text: string) {
  return { mediaType, bytes: new TextEncoder().encode(text) };
}

test("a diff is shown file by file, each of which can be folded", async () => {
  const { card } = await opened("changes.diff");
  expect(await card.findByText("2 files", { exact: false })).toBeTruthy();
  const file = card.getByText("app/sessions.py").closest("details")!;
  expect(within(file).getByText("GRACE = 300")).toBeTruthy();
  fireEvent.click(card.getByText("app/sessions.py"));
  expect(file.open).toBe(false);
});

test("test results open what failed, and fold it", async () => {
  const { card } = await opened("results.xml");
  expect(await card.findByText("6 tests")).toBeTruthy();
  const failed = card.getByText(/assert 401 == 200/, { selector: "pre" }).closest("details")!;
  expect(failed.open).toBe(true);
  fireEvent.click(failed.querySelector("summary")!);
  expect(failed.open).toBe(false);
});

test("of many test results the good ones come when asked for", async () => {
  const cases = Array.from({ length: 30 }, (_, n) => `<testcase name="case ${n}"/>`).join("");
  const bad = `<testcase name="bad"><failure message="no"/></testcase>`;
  const tests = asFile("application/xml", `<testsuite>${cases}${bad}</testsuite>`);
  const { card } = await opened("results.xml", { ...files, tests });
  expect(await card.findByText("bad")).toBeTruthy();
  expect(card.queryByText("case 7")).toBeNull();
  fireEvent.click(card.getByRole("button", { name: "Show 30 tests that did not fail" }));
  expect(card.getByText("case 7")).toBeTruthy();
});

test("a picture is shown with its claim, and in full size at a press", async () => {
  const { card } = await opened("login-flow.png");
  const picture = await card.findByRole("img", { name: "Logging out ends every tab." });
  const button = picture.closest("button")!;
  expect(button.title).toBe("Show in full size");
  fireEvent.click(button);
  expect(button.title).toBe("Fit to width");
  expect(button.closest(".picture")?.className).toContain("full");
});

test("a picture that cannot be drawn says so, and is tried again with the connection", async () => {
  const { card, host } = await opened("login-flow.png");
  fireEvent.error(await card.findByRole("img", { name: "Logging out ends every tab." }));
  expect(card.getByRole("alert").textContent).toContain("It could not be fetched");
  act(() => host.disconnect());
  await act(async () => host.connect());
  expect(await card.findByRole("img", { name: "Logging out ends every tab." })).toBeTruthy();
});

test("a page is shown only when asked for, in a frame that runs nothing", async () => {
  const { card } = await opened("coverage.html");
  expect(card.queryByTitle("coverage.html")).toBeNull();
  fireEvent.click(card.getByRole("button", { name: "Preview without scripts" }));
  const frame = await card.findByTitle<HTMLIFrameElement>("coverage.html");
  expect(frame.getAttribute("sandbox")).toBe("");
  expect(frame.srcdoc).toContain("default-src 'none'");
  expect(frame.srcdoc).toContain("<h1>Coverage</h1>");
});

test("a notebook shows its words, its code and what came of it", async () => {
  const { card } = await opened("latency.ipynb");
  expect(await card.findByRole("heading", { name: "Latency" })).toBeTruthy();
  expect(card.getByText(/redis 0.9 3.6/)).toBeTruthy();
  expect(card.getByText("Output of type text/html is not shown.")).toBeTruthy();
  expect(card.getByRole("img", { name: "Picture that the cell made" })).toBeTruthy();
  expect(card.getByText("ValueError").className).toBe("ansi-red");
});

test("a notebook's picture is data or nothing", () => {
  const data = { "image/png": 'x" onerror="alert(1)', "text/plain": "words" };
  const cell = { cell_type: "code", source: [], outputs: [{ output_type: "display_data", data }] };
  const [read] = parseNotebook(JSON.stringify({ nbformat: 4, cells: [cell] }));
  expect(read!.outputs).toEqual([{ kind: "text", text: "words", error: false }]);
});

test("what is no notebook is said not to be one", async () => {
  const notebook = asFile("application/x-ipynb+json", '{"nbformat": 3}');
  const { card } = await opened("latency.ipynb", { ...files, notebook });
  expect(await card.findByText("The file does not have the form it claims.")).toBeTruthy();
  expect(card.getByRole("alert").textContent).toContain("nbformat 4");
});

test("a file that cannot be had now says so, and appears when the connection is back", async () => {
  const { host, root } = await shown(undefined, { files });
  network = false;
  act(() => host.disconnect());
  const card = within(root.querySelector<HTMLElement>('article.card[aria-label="changes.diff"]')!);
  await act(async () => fireEvent.click(card.getByRole("button", { name: "Open changes.diff" })));
  expect(card.getByRole("alert").textContent).toContain("when the connection is back");
  expect(card.queryByText("The file does not have the form it claims.")).toBeNull();
  network = true;
  await act(async () => host.connect());
  await waitFor(() => expect(card.getByText("GRACE = 300")).toBeTruthy());
});

test("a file of a kind that is not shown is there to be downloaded", async () => {
  const bytes = new TextEncoder().encode("PK\u0003\u0004");
  const given = { ...files, notebook: { mediaType: "application/zip", bytes } };
  const other = { type: "other", name: "bundle.zip", mediaType: "application/zip" } as const;
  const { card } = await opened("bundle.zip", given, (one) =>
    one.id === "notebook" ? { ...one, ...other } : one,
  );
  expect(card.getByText("This kind of file is not shown here.")).toBeTruthy();
  const link = await card.findByRole<HTMLAnchorElement>("link", { name: "Download bundle.zip" });
  expect(link.download).toBe("bundle.zip");
  expect(await textOf(blobs.get(link.getAttribute("href")!)!)).toBe("PK\u0003\u0004");
});

test("an open viewer closes with its own button, and takes a comment", async () => {
  const { card, screen } = await opened("changes.diff");
  fireEvent.click(card.getByRole("button", { name: "Comment on changes.diff" }));
  const field = screen.getByRole("textbox", { name: "What do you want to know?" });
  expect(field.closest("section")?.textContent).toContain("changes.diff");
  fireEvent.click(card.getAllByRole("button", { name: "Close changes.diff" }).at(-1)!);
  expect(card.getByRole("button", { name: "Open changes.diff" })).toBeTruthy();
});
