import { act, fireEvent, within } from "@testing-library/react";
import decodeQR from "qr/decode.js";
import { beforeEach, expect, test, vi } from "vitest";
import type { HostOptions } from "../dev/memory_host";
import { people } from "../dev/sample";
import { invitations, link, members, shared } from "../dev/sample_room";
import type { View } from "../src/model/view";
import "../src/ui/sharing/dialog";
import { opensInBrowser, worksHereOnly } from "../src/ui/sharing/reach";
import { likeABrowser, shown } from "./support/shown";

beforeEach(likeABrowser);

/** Until what was asked for is answered. */
const settled = () => act(async () => void (await new Promise((done) => setTimeout(done))));

/** The dialog of the plan's owner. */
async function sharing(options: HostOptions = {}, change: (view: View) => View = shared) {
  const review = await shown(change, { invitations: invitations(), ...options });
  fireEvent.click(review.screen.getByRole("button", { name: "Share" }));
  // jsdom keeps the style of a dialog that is looked at before it is shown: hidden for ever.
  await act(() => vi.dynamicImportSettled());
  await settled();
  const dialog = review.screen.getByRole("dialog", { name: "Share this plan" });
  const find = within(dialog);
  const press = async (name: string) => {
    fireEvent.click(find.getByRole("button", { name }));
    await settled();
  };
  return { ...review, dialog, find, press };
}

function clipboard(writeText: (text: string) => Promise<void>) {
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
}

test("a link is made for a role and a time, and says who can use it until when", async () => {
  const { host, find, press } = await sharing();
  fireEvent.click(find.getByRole("radio", { name: /Can only read/ }));
  fireEvent.change(find.getByLabelText("It holds"), { target: { value: "day" } });
  fireEvent.change(find.getByLabelText(/For whom/), { target: { value: " Ben " } });
  await press("Make link");
  expect(host.received.at(-1)).toMatchObject({
    kind: "invite",
    role: "viewer",
    seconds: 86_400,
    note: "Ben",
  });
  const field = find.getByRole<HTMLInputElement>("textbox", { name: "The link" });
  expect(field.value).toBe(host.invitations[0]!.url);
  expect(find.getByText(/Whoever has this link can read until .+\d{4}/)).toBeTruthy();
  expect(find.getByText("Ben")).toBeTruthy();
});

test("a link that holds for ever says so", async () => {
  const { host, find, press } = await sharing();
  fireEvent.change(find.getByLabelText("It holds"), { target: { value: "never" } });
  await press("Make link");
  expect(host.received.at(-1)).toMatchObject({ kind: "invite", seconds: null });
  const words = "Whoever has this link can comment and review until you take it back.";
  expect(find.getByText(words)).toBeTruthy();
});

test("the code holds the very link", async () => {
  const { host, dialog, press } = await sharing();
  await press("Make link");
  expect(decodeQR(picture(dialog.querySelector(".qr-code")!))).toBe(host.invitations[0]!.url);
});

/** What a camera sees of a code: every module as a square of pixels. */
function picture(svg: Element, scale = 4) {
  const [from = 0, , side = 0] = svg.getAttribute("viewBox")!.split(" ").map(Number);
  const width = side * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  const bars = svg
    .querySelector("path")!
    .getAttribute("d")!
    .matchAll(/M(\d+) (\d+)h(\d+)/g);
  for (const [left = 0, top = 0, long = 0] of [...bars].map((bar) => bar.slice(1).map(Number))) {
    for (let row = 0; row < scale; row += 1) {
      const start = ((top - from) * scale + row) * width + (left - from) * scale;
      data.fill(0, start * 4, (start + long * scale) * 4);
    }
  }
  return { width, height: width, data };
}

test("a link that nobody elsewhere can use says so, and others do not", async () => {
  const local = { ...invitations()[0]!, url: link("reviewer", 0, "ws://127.0.0.1:8888/rooms") };
  expect([local.url, invitations()[0]!.url].map(worksHereOnly)).toEqual([true, false]);
  for (const [server, only] of [
    ["ws://localhost:8888/x", true],
    ["ws://[::1]:8888/", true],
    ["wss://hub.example.org/user/ada/peerplan/room", false],
    ["ws://127.0.0.1.example.org/", false],
    ["ws://192.168.1.7:8888/", false],
  ] as const) {
    expect(worksHereOnly(link("viewer", 0, server))).toBe(only);
  }
  expect(worksHereOnly("peerplan://plan?plan=x#v=1")).toBe(false);
  expect(opensInBrowser("peerplan://plan?plan=x#v=1")).toBe(false);
});

test("what could not be made says why, where it was asked for", async () => {
  const refuseSharing = {
    code: "invalid_input",
    message: "No room server is named.",
    hint: "Name one.",
  };
  const { host, find, press } = await sharing();
  host.refuseSharing = refuseSharing;
  await press("Make link");
  expect(find.getByRole("alert").textContent).toContain("No room server is");
  expect(find.getByRole("button", { name: "Make link" })).toBeTruthy();
});

test("links are listed with what they allow and who is here by them", async () => {
  const { dialog } = await sharing();
  const [mira] = dialog.querySelectorAll("li");
  expect(mira?.textContent).toContain("Mira and Tom");
  expect(mira?.textContent).toContain("Can review");
  expect(mira?.textContent).toContain("Mira Kovač and Tom Reyes are here by it.");
  expect(dialog.querySelector("details")?.textContent).toContain("2 links that no longer hold");
});

test("a link is taken back only after it was asked whether", async () => {
  const { host, find, press } = await sharing();
  await press("Take back the link: Mira and Tom");
  await press("Keep it");
  expect(host.invitations[0]!.state).toBe("open");
  await press("Take back the link: Mira and Tom");
  await press("Take back");
  expect(host.invitations[0]!.state).toBe("revoked");
  expect(find.queryByRole("button", { name: "Copy the link: Mira and Tom" })).toBe(null);
  expect(find.getByText("3 links that no longer hold")).toBeTruthy();
});

test("a link is copied, and says so", async () => {
  const copied: string[] = [];
  clipboard(async (text) => void copied.push(text));
  const { host, find, press } = await sharing();
  await press("Copy the link: Mira and Tom");
  expect(copied).toEqual([host.invitations[0]!.url]);
  expect(find.getByRole("button", { name: "Copied" })).toBeTruthy();
});

test("where the page has no clipboard a selection is copied", async () => {
  clipboard(() => Promise.reject(new DOMException("Denied", "NotAllowedError")));
  const copied: string[] = [];
  document.execCommand = () => {
    const field = document.querySelector("div")!.shadowRoot!.activeElement as HTMLTextAreaElement;
    copied.push(field.value.slice(field.selectionStart, field.selectionEnd));
    return true;
  };
  const { host, press } = await sharing();
  await press("Copy the link: Mira and Tom");
  expect(copied).toEqual([host.invitations[0]!.url]);
});

test("where nothing may be copied the link stands there to be copied by hand", async () => {
  clipboard(() => Promise.reject(new DOMException("Denied", "NotAllowedError")));
  document.execCommand = () => false;
  const { host, find, press } = await sharing();
  await press("Copy the link: Mira and Tom");
  const name = "Copy the link: Mira and Tom";
  const field = find.getByRole<HTMLInputElement>("textbox", { name });
  expect(field.value).toBe(host.invitations[0]!.url);
  expect(find.getByText(/Press Ctrl\+C/)).toBeTruthy();
});

test("nobody but whose room it is sees links or a way to make them", async () => {
  const { screen } = await shown((view) => ({
    ...shared(view),
    live: { ...shared(view).live, me: view.live.me, host: people.mira.id },
  }));
  expect(screen.queryByRole("button", { name: "Share" })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /^Here now/ }));
  expect(screen.queryByRole("button", { name: "Invite somebody" })).toBeNull();
  expect(screen.getByText("Mira Kovač invites others.")).toBeTruthy();
});

test("everybody is there with role and path", async () => {
  const { screen, root } = await shown(shared);
  fireEvent.click(screen.getByRole("button", { name: /^Here now/ }));
  const rows = [...root.querySelectorAll(".everybody li")].map((row) =>
    [...row.querySelectorAll("p")].map((one) => one.textContent),
  );
  const trouble = members()[1]!.trouble;
  expect(rows).toEqual([
    ["Youowner"],
    ["Mira Kovačreviewer · directly"],
    ["Tom Reyesreviewer · through the relay", trouble],
    ["claudeagent · working"],
    ["Somebodyconnecting"],
  ]);
});
