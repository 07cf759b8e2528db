import type {
  AgentState,
  AnnotationType,
  Artifact,
  ArtifactState,
  Connection,
  Disposition,
  Me,
  Member,
  MemberRole,
  Plan,
  Publication,
  Step,
  Verdict,
} from "../model/view";

const plural = new Intl.PluralRules("en");

function count(number: number, one: string, other: string): string {
  return `${number.toLocaleString("en")} ${plural.select(number) === "one" ? one : other}`;
}

/** Every word on screen, in one place for translation. */
export const strings = {
  reviewOf: (title: string) => `Review of ${title}`,
  opening: "Opening the plan.",
  closed: "This plan is no longer kept up to date here.",
  you: "You",
  unknown: "Somebody",

  status: {
    draft: "Draft",
    pending_review: "Waiting for review",
    changes_requested: "Changes requested",
    approved: "Approved",
  } satisfies Record<Plan["status"], string>,
  pr: (number: number) => `PR ${number}`,
  revision: (number: number, digest: string) => `r${number} · ${digest}`,
  noRevision: "no revision yet",

  /** The state, and what is good to know where there is room. */
  connection: ({ state, path, peers, unsent }: Connection): string[] =>
    state === "offline"
      ? [CONNECTION.offline, ...(unsent > 0 ? [`${unsent} unsent`] : [])]
      : [
          CONNECTION[state],
          ...(path ? [path] : []),
          ...(peers > 0 ? [count(peers, "peer", "peers")] : []),
        ],
  connectionSentence: (connection: Connection, since: string): string => {
    const unsent = count(connection.unsent, "change is", "changes are");
    const sentences: Record<Connection["state"], string> = {
      live: `Changes arrive as they are made, ${by(connection.path)}.`,
      relay: "Changes arrive through a relay, which cannot read them.",
      alone: "Nobody else is connected. What you write is kept and reaches others when they are.",
      offline: `Offline${since && ` since ${since}`}. ${connection.unsent > 0 ? `${unsent} kept here and sent when the connection is back.` : "What you write is kept here and sent later."}`,
      published: "This is the published copy; nobody is connected.",
    };
    return sentences[connection.state];
  },
  connectionDetails: "Connection and publication",
  publication: (publication: Publication, ago: string): string => {
    if (publication.state === "published") {
      const { commit } = publication;
      return commit
        ? `Published ${inSentence(ago)} as ${commit.slice(0, 7)}.`
        : "It is on the plan branch.";
    }
    return PUBLICATION[publication.state];
  },
  publish: "Publish now",
  publishing: "Publishing",
  copyLink: "Copy link to the plan",
  copied: "Copied",
  copyByHand: "This page may not copy. Press Ctrl+C, or ⌘C, while the text is selected.",

  enlarge: "Enlarge",
  enlargeTitle: "Review in the whole window",
  reduce: "Back",
  reduceTitle: "Back to where it was",
  tooNarrow: "Too narrow to review here.",

  hereNow: (names: string[], more: string) =>
    `Here now: ${[...names, more].filter(Boolean).join(", ")}`,
  presence: (name: string, working: boolean) => (working ? `${name} (working)` : name),
  restHere: (number: number) => `+${number}`,
  memberRole: {
    owner: "owner",
    reviewer: "reviewer",
    viewer: "viewer",
  } satisfies Record<MemberRole, string>,
  agentRole: "agent",
  memberPath: {
    direct: "directly",
    turn: "through TURN",
    relay: "through the relay",
    local: "in this browser",
    none: "connecting",
  } satisfies Record<Exclude<Member["path"], null> | "none", string>,
  throughSomebody: (name: string) => `through ${name}`,
  isWorking: "working",
  notLooking: "does not have the plan open",
  onlyYou: "Nobody else is here.",
  inviteSomebody: "Invite somebody",
  othersInvite: (name: string) => `${name} invites others.`,
  someOwner: "the plan’s owner",
  readOnly: (owner: string) => `You can read this plan. Ask ${owner} to comment.`,
  invitationOver: {
    expired: (owner: string) =>
      `Your invitation has expired. You can read what is here; ask ${owner} for a new one.`,
    revoked: (owner: string) =>
      `Your invitation was taken back. You can read what is here; ask ${owner} for a new one.`,
  } satisfies Record<NonNullable<Me["over"]>, (owner: string) => string>,
  agent: (agent: AgentState, since: string): string => {
    const name = agent.name || "The agent";
    if (agent.state === "waiting") return `${name} is waiting for your review`;
    if (agent.state === "working") return `${name} is working`;
    return agent.state === "away" ? `${name} is away${since && ` since ${since}`}` : "";
  },

  outline: "Plan",
  overview: "Overview",
  evidence: "Evidence",
  steps: "Steps",
  document: "Document",
  noContent: "Nothing is written yet.",
  openCount: (number: number) => count(number, "open comment", "open comments"),
  stepStatus: {
    todo: "To do",
    in_progress: "In progress",
    done: "Done",
    blocked: "Blocked",
  } satisfies Record<Step["status"], string>,
  criteria: "Accepted when",
  proposedBy: "Proposed by ",
  forBranch: " for ",
  inRepository: " in ",
  sinceReview: (number: number) =>
    `Since your last review: ${count(number, "newer revision", "newer revisions")}`,
  editedSince: (number: number) => `Edited since r${number}.`,

  type: {
    question: "Question",
    concern: "Concern",
    suggestion: "Suggestion",
    approval: "Approval",
  } satisfies Record<AnnotationType, string>,
  typeAction: {
    question: "Question",
    concern: "Concern",
    suggestion: "Suggestion",
    approval: "Approve",
  } satisfies Record<AnnotationType, string>,
  typePrompt: {
    question: "What do you want to know?",
    concern: "What worries you?",
    suggestion: "What would be better?",
    approval: "What is good here? (optional)",
  } satisfies Record<AnnotationType, string>,
  plainApproval: "Good.",
  drafts: (number: number) => count(number, "draft", "drafts"),
  draft: "Draft",
  goOn: "Go on",
  commentType: "Kind of comment",
  selectionBar: "Comment on the selected text",
  attachHere: "Attach here",
  annotations: "Comments",
  filter: "Which comments",
  filters: { open: "Open", resolved: "Resolved", all: "All" },
  nothingOpen: "No open comments. Select text to write one.",
  nothingToRead: "No open comments.",
  nothingHere: "None.",
  commentsComing: "The comments are on their way.",
  commentOnPlan: "Comment on the plan as a whole",
  commentOnStep: "Comment on this step",
  commentOnArtifact: (name: string) => `Comment on ${name}`,
  comment: "Comment",
  send: "Comment",
  cancel: "Cancel",
  save: "Save",
  reply: "Reply",
  replyTo: (name: string) => `Reply to ${name}`,
  resolve: "Resolve",
  resolved: "Resolved",
  resolvedBy: (name: string) => `Resolved by ${name}`,
  reopen: "Reopen",
  edit: "Edit",
  edited: "edited",
  withdraw: "Withdraw",
  withdrawn: "Withdrawn by its author.",
  showInText: "Show in the text",
  wholePlan: "The whole plan",
  replies: (number: number) => count(number, "reply", "replies"),
  react: (emoji: string, number: number) =>
    number > 0 ? `${emoji}, given by ${number}` : `React with ${emoji}`,
  reactions: "Reactions",
  addReaction: "React",
  disposition: {
    applied: "applied",
    partial: "partly applied",
    declined: "declined",
    question: "asks back",
  } satisfies Record<Disposition, string>,
  ladder: {
    sending: "sending",
    sent: "sent",
    kept: "kept here; goes out when an owner is there",
    keptForGood: "kept here; nobody has it",
    received: "received",
    read: "read",
    addressed: "addressed",
  },
  delivery: "Delivery to the agent",
  unanchored: (number: number) => count(number, "comment", "comments"),
  unanchoredSuffix: " on text that is gone",
  wasAbout: "It was about",
  ambiguous: "This text stands in several places; select the one that is meant.",
  reanchor: "Attach to other text",
  reanchoring: "Select the text this comment is about, then choose “Attach here”.",
  failed: "Not accepted.",
  tryAgain: "Try again",
  discard: "Discard",
  keyHint: "Ctrl+Enter",
  openComments: (number: number) => (number > 0 ? `Comments · ${number}` : "Comments"),
  close: "Close",

  artifactType: {
    screenshot: "screenshot",
    test_results: "test results",
    recording: "recording",
    log: "log",
    diff: "diff",
    notebook: "notebook",
    html: "page",
    other: "file",
  } satisfies Record<Artifact["type"], string>,
  hash: {
    verified: "hash verified",
    unpublished: "not yet published",
    mismatch: "hash differs",
    missing: "missing",
    checking: "checking",
  } satisfies Record<ArtifactState["state"], string>,
  hashSentence: {
    verified: "The file is the one that was recorded: its sha256 is the same.",
    unpublished: "Recorded here, and not yet on the plan branch.",
    mismatch: "The file is not the one that was recorded: its sha256 differs.",
    missing: "The file is not where it should be.",
    checking: "Its sha256 is being computed.",
  } satisfies Record<ArtifactState["state"], string>,
  openArtifact: (name: string) => `Open ${name}`,
  closeArtifact: (name: string) => `Close ${name}`,
  download: "Download",
  noPreview: "This kind of file is not shown here.",
  tooLarge: (size: string, limit: string) =>
    `At ${size} it is too large to show here (${limit} at most).`,
  withdrawnArtifact: "Withdrawn",
  notShown: (alt: string) => `Picture not shown: ${alt || "it is not among the evidence"}`,
  zoomIn: "Show in full size",
  zoomOut: "Fit to width",
  previewPage: "Preview without scripts",
  unreadable: "The file does not have the form it claims.",
  notDrawn: "It could not be fetched, or is not what this browser can show.",
  noCells: "The notebook is empty.",
  pictureOutput: "Picture that the cell made",
  outputNotShown: (mediaType: string) => `Output of type ${mediaType || "unknown"} is not shown.`,
  tests: (total: number) => count(total, "test", "tests"),
  outcomes: { failed: "failed", error: "in error", skipped: "skipped", passed: "passed" },
  showPassed: (number: number) => `Show ${count(number, "test", "tests")} that did not fail`,
  lines: (number: number) => count(number, "line", "lines"),
  files: (number: number) => count(number, "file", "files"),

  approvals: (given: number, required: number): [string, string] => [
    `${given} of ${required}`,
    required === 1 ? "approval" : "approvals",
  ],
  reviewsOf: (number: number) => `Reviews of r${number}`,
  noReviews: "Nobody has reviewed it yet.",
  earlierReviews: (number: number) => count(number, "earlier review", "earlier reviews"),
  atRevision: (number: number) => `r${number}`,
  doesNotCount: "This approval does not count.",
  policy: {
    says: (approvals: number, authorCounts: boolean): string => {
      const needed = `Approved with ${count(approvals, "approval", "approvals")}`;
      return `${needed}; the author’s ${authorCounts ? "counts" : "does not count"}.`;
    },
    change: "Change",
    approvals: "Approvals needed",
    authorCounts: "The author’s approval counts",
    everybody: "This holds for everybody who reviews the plan.",
  },
  reviewIsAbout: "Your review is about ",
  verdict: {
    approved: "Approve",
    changes_requested: "Request changes",
    commented: "Comment",
  } satisfies Record<Verdict, string>,
  verdictDone: {
    approved: "approved",
    changes_requested: "requested changes on",
    commented: "commented on",
  } satisfies Record<Verdict, string>,
  verdictGiven: {
    approved: "approved",
    changes_requested: "requested changes",
    commented: "commented",
  } satisfies Record<Verdict, string>,
  approve: (number: number) => `Approve r${number}`,
  summary: "Summary of your review",
  summaryPlaceholder: {
    approved: "Anything to keep in mind? (optional)",
    changes_requested: "What has to change?",
    commented: "What do you want to say?",
  } satisfies Record<Verdict, string>,
  overtaken: (number: number) => `r${number} came while you were writing.`,
  reviewInstead: (number: number) => `I have read r${number}`,
  noReviewAsked: "Nobody has asked for a review yet.",
  askForReview: "Ask for a review",
  editedNotice: (number: number) =>
    `Edited since r${number}: a verdict is about r${number} as it was.`,
  ownerNotice: "You own this plan, so your approval does not count.",
  agentNotice: "Decisions belong to people: an agent can comment, not decide.",
  yourVerdict: (verdict: string, number: number, ago: string) =>
    `You ${verdict} r${number} ${inSentence(ago)}.`,
  takeBack: "Take back",

  keys: "Keys",
  keyList: [
    ["j / k", "Next and previous comment"],
    ["n / p", "Next and previous paragraph"],
    ["c", "Comment on the selection, the paragraph, or the plan"],
    ["r", "Reply"],
    ["e", "Resolve or reopen"],
    ["Ctrl Enter", "Send"],
    ["Esc", "Close what is open"],
    ["?", "These keys"],
  ] as const,
  showKeys: "Keys",
};

const CONNECTION: Record<Connection["state"], string> = {
  live: "live",
  relay: "relay",
  alone: "alone",
  offline: "offline",
  published: "published copy",
};

/** A time as `ago` tells it, where a sentence goes on around it. */
function inSentence(ago: string): string {
  if (ago === "now") return "just now";
  return /^[A-Z]/.test(ago) ? `on ${ago}` : ago;
}

const BY: Record<string, string> = {
  direct: "directly",
  relay: "through the relay",
  "Jupyter server": "through the Jupyter server",
};

/** By which ways changes come, as the connection names them. */
function by(path: string): string {
  const ways = path ? path.split(" and ") : ["direct"];
  return ways.map((way) => BY[way] ?? `through ${way}`).join(" and ");
}

const PUBLICATION: Record<Exclude<Publication["state"], "published">, string> = {
  unpublished: "Not yet on the plan branch.",
  pending: "There are changes that are not yet on the plan branch.",
  failed: "Publishing failed; it will be tried again.",
};
