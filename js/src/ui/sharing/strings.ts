import type { MemberRole } from "../../model/view";

const plural = new Intl.PluralRules("en");

/** Every word about inviting others, in one place for translation. */
export const strings = {
  share: "Share",
  shareTitle: "Invite others to this plan by a link",
  heading: "Share this plan",
  close: "Close",
  role: "Whoever has the link",
  roles: {
    reviewer: "Can review",
    viewer: "Can only read",
    owner: "Co-owner",
  } satisfies Record<MemberRole, string>,
  roleHint: {
    reviewer: "Comments, answers and gives verdicts.",
    viewer: "Reads what is here and what others write.",
    owner: "Does all that you can, but for inviting others.",
  } satisfies Record<MemberRole, string>,
  holds: "It holds",
  periods: { day: "1 day", week: "7 days", month: "30 days", never: "until I take it back" },
  note: "For whom",
  noteHint: "Only you see this.",
  make: "Make link",
  making: "Making the link",
  another: "Make another",

  link: "The link",
  copy: "Copy",
  may: (role: MemberRole, until: string): string => {
    const what = { reviewer: "comment and review", viewer: "read", owner: "change the plan" }[role];
    return `Whoever has this link can ${what} ${until ? `until ${until}` : "until you take it back"}.`;
  },
  meeting: "They meet you here while your Jupyter server runs.",
  opens: (inBrowser: boolean): string =>
    inBrowser
      ? "It opens in JupyterLab under Plans, Open plan…, in a notebook with peerplan.open(…), and in a browser if the plan’s page is published there."
      : "It opens in JupyterLab under Plans, Open plan…, and in a notebook with peerplan.open(…).",
  onlyHere:
    "The room server in this link is on this machine, so it works only on this machine. Open JupyterLab under an address that others reach, or name a room server in settings.toml.",
  code: "QR code of the link",
  noCode: "The link is too long for a QR code.",

  given: "Links that you gave",
  nobody: "For nobody in particular",
  until: (time: string) => (time ? `until ${time}` : "until you take it back"),
  made: (ago: string) => `made ${ago}`,
  state: { expired: "expired", revoked: "taken back" },
  hereByIt: (names: string[]): string =>
    `${new Intl.ListFormat("en").format(names)} ${names.length > 1 ? "are" : "is"} here by it.`,
  revoke: "Take back",
  revokeName: (name: string) => `Take back the link: ${name}`,
  copyName: (name: string) => `Copy the link: ${name}`,
  sure: "Nobody comes in by it any more, and who is here by it is put out.",
  keep: "Keep it",
  over: (number: number) =>
    plural.select(number) === "one"
      ? `${number} link that no longer holds`
      : `${number} links that no longer hold`,
};
