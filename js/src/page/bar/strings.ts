import type { MemberRole } from "../../sync/grant";
import type { Remedy } from "../page_state";

const plural = new Intl.PluralRules("en");

function count(number: number, one: string, other: string): string {
  return `${number.toLocaleString("en")} ${plural.select(number) === "one" ? one : other}`;
}

/** Every word of the page around the review, in one place for translation. */
export const strings = {
  page: "This page",
  opening: "Opening the plan.",
  keptCopy: "What is shown was read before.",
  slow: "It takes longer than usual.",
  notices: "What is to be known",
  dismiss: "Close",
  pr: (number: number) => `PR ${number}`,
  remedy: {
    retry: "Try again",
    token: "Give a token",
    save: "Save as a file",
    reload: "Load again",
    forget: "Begin again",
  } satisfies Record<Remedy, string>,

  unsent: (number: number) => `${number.toLocaleString("en")} unsent`,
  unsentSentence: (number: number) =>
    `${count(number, "change", "changes")} of yours ${number === 1 ? "is" : "are"} in this browser, and nowhere else yet.`,
  goes: {
    room: "It goes to the plan’s owner as soon as you are both connected.",
    branch: "With a token it can be written to the plan branch.",
    file: "As a file it can be given to whoever shared the plan.",
  },
  send: "Send to the plan branch",
  sending: "Sending",
  save: "Save as a file",
  saved: "Give the file to whoever shared the plan. They take it in with",
  importCommand: "peerplan import FILE",

  you: "You",
  nameless: "Your name",
  role: {
    owner: "You were invited as an owner.",
    reviewer: "You were invited as a reviewer: you can comment and review.",
    viewer: "You were invited as a viewer: you can read.",
  } satisfies Record<MemberRole, string>,
  name: "Your name",
  nameHint: "It stands beside what you write, for everybody who can read the plan.",
  nameWanted: "What you wrote waits for your name.",
  keepName: "Keep",
  token: (host: string) => `Token for ${host}`,
  tokenHint: (host: string) =>
    `It is sent to ${host} only, and is there to read a private repository.`,
  tokenWrites: (host: string) =>
    `It is sent to ${host} only: to read a private repository, and to write to its plan branch.`,
  tokenGiven: (host: string, kept: boolean) =>
    kept
      ? `Kept in this browser, for ${host} only.`
      : `On this page until it is closed, for ${host} only.`,
  tokenWrong: "That is not a token: it has spaces or other characters that no token has.",
  useToken: "Use it",
  removeToken: "Remove",
  keepToken: "Keep it in this browser",
  keepTokenHint: "Other pages of this address could read it then.",

  meetUnloaded: "What two people need to meet by hand could not be loaded.",
  cancel: "Cancel",

  forget: "Remove this plan from this browser",
  forgetSure: (number: number) =>
    number > 0
      ? `${count(number, "change", "changes")} that nobody else has will be gone. Remove it?`
      : "What you wrote stays where it was sent. Remove it?",
  forgetYes: "Remove",
};
