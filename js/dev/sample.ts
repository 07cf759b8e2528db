import type { Actor, Annotation, Artifact, Plan, View } from "../src/model/view";
import { files } from "./sample_files";

const NOW = Math.floor(Date.now() / 1000);

export const people = {
  me: person("zMeMeMeMeMeMeMeMeMeMeMe", "Ada Lind"),
  mira: person("zMiraMiraMiraMiraMiraMi", "Mira Kovač"),
  tom: person("zTomTomTomTomTomTomTomTom", "Tom Reyes"),
  agent: { ...person("zAgentAgentAgentAgentAg", "claude"), kind: "agent" },
} satisfies Record<string, Actor>;

function person(id: string, name: string): Actor {
  return { id: `did:key:${id}`, name, kind: "human" };
}

const CONTENT = `## Why

Sessions live in the web process today, so every deployment signs everybody out. Moving them to Redis keeps people signed in and lets two web processes run side by side. Keys expire after thirty days, as cookies do now.

## Expiry and logout

Logging out deletes the key at once. **If Redis cannot be reached**, requests are treated as signed out and the error is logged once a minute 🙂.

| Claim | Evidence | Where |
| --- | --- | --- |
| Logout ends every tab | \`login-flow.png\` | second frame |
| All tests pass | \`results.xml\` | 5 of 6 |
| No sign-out on deploy | \`server.log\` | line 41 |

The adapter keeps the interface that the web process knows:

\`\`\`python
class SessionStore(Protocol):
    def load(self, key: str) -> Session | None: ...
    def save(self, key: str, session: Session, ttl: int) -> None: ...
    def delete(self, key: str) -> None: ...
\`\`\`

## Roll-out

1. Write to both stores for a week.
2. Read from Redis, fall back to the old store.
3. Remove the old store.

> Rolling back is a configuration change until the third step.

See the [Redis documentation](https://redis.io/docs/) for eviction. <script>alert(1)</script>
`;

let counter = 0;

function id(): string {
  counter += 1;
  return `01K${counter.toString().padStart(23, "0")}`;
}

function quoted(exact: string): Pick<Annotation, "target" | "anchor"> {
  const at = CONTENT.indexOf(exact);
  const start = [...CONTENT.slice(0, at)].length;
  return {
    target: {
      type: "text",
      block: "",
      quote: { type: "TextQuoteSelector", exact, prefix: "", suffix: "" },
    },
    anchor:
      at < 0
        ? { state: "unanchored" }
        : { state: "anchored", start, end: start + [...exact].length },
  };
}

type Rough = Partial<Annotation> & Pick<Annotation, "author" | "type" | "content">;

function annotation(minutes: number, rough: Rough): Annotation {
  return {
    id: id(),
    timestamp: NOW - minutes * 60,
    target: { type: "plan" },
    state: "open",
    replies: [],
    reactions: {},
    ...rough,
  };
}

const fact = (by: Actor, minutes: number) => ({ by: by.id, at: NOW - minutes * 60, op: id() });

function annotations(): Annotation[] {
  const { me, mira, tom, agent } = people;
  const read = { received: NOW - 100, read: NOW - 60 };
  return [
    annotation(9, {
      author: tom.id,
      type: "question",
      content: "Sliding or fixed?",
      receipt: { received: NOW - 500 },
      ...quoted("Keys expire after thirty days"),
    }),
    annotation(4, {
      author: mira.id,
      type: "concern",
      content:
        "That signs everybody out during a failover. Could we accept the signed cookie for a few minutes?",
      receipt: read,
      disposition: { ...fact(agent, 1), value: "applied", note: "" },
      reactions: { "👍": [tom.id, me.id] },
      replies: [
        {
          id: id(),
          author: agent.id,
          content:
            "Agreed: the cookie now stays valid for five minutes. Test `test_failover` added.",
          timestamp: NOW - 30,
        },
      ],
      ...quoted("requests are treated as signed out and the error is logged"),
    }),
    annotation(14, {
      author: me.id,
      type: "suggestion",
      content: "Say *what* is logged: key and error, never the session.",
      receipt: read,
      disposition: { ...fact(agent, 2), value: "question", note: "Is the hashed key enough?" },
      ...quoted("the error is logged once a minute 🙂"),
    }),
    annotation(25, {
      author: mira.id,
      type: "approval",
      content: "Good order, and each step can be undone.",
      ...quoted("Write to both stores for a week."),
    }),
    annotation(31, {
      author: tom.id,
      type: "suggestion",
      content: "The menu still shows the old name for a second.",
      target: { type: "artifact", artifactId: "shot" },
    }),
    annotation(40, {
      author: me.id,
      type: "question",
      content: "Who owns the Redis instance?",
      target: { type: "step", stepId: "step-3" },
      receipt: { received: NOW - 900 },
    }),
    annotation(90, {
      author: mira.id,
      type: "concern",
      content: "What about the memory limit?",
      ...quoted("Redis has no memory limit"),
    }),
    annotation(120, {
      author: tom.id,
      type: "question",
      content: "Is there a budget for this?",
      state: "resolved",
      stateChange: fact(tom, 60),
    }),
  ];
}

function artifact(key: string, rough: Partial<Artifact>): Artifact {
  const file = files[key]!;
  return {
    id: key,
    type: "other",
    url: rough.name ?? key,
    name: key,
    file: rough.name ?? key,
    mediaType: file.mediaType,
    size: file.bytes.byteLength,
    caption: "",
    author: people.agent.id,
    timestamp: NOW - 3600,
    hash: `sha256:${"9f2c41e0".repeat(8)}`,
    ...rough,
  };
}

function artifacts(): Artifact[] {
  return [
    artifact("shot", {
      type: "screenshot",
      name: "login-flow.png",
      stepId: "step-2",
      caption: "Logging out ends every tab.",
    }),
    artifact("tests", {
      type: "test_results",
      name: "results.xml",
      stepId: "step-1",
      caption: "The adapter passes the store's contract.",
    }),
    artifact("log", {
      type: "log",
      name: "server.log",
      stepId: "step-2",
      caption: "Nobody is signed out by a deployment.",
    }),
    artifact("diff", {
      type: "diff",
      name: "changes.diff",
      stepId: "step-1",
      caption: "The adapter.",
    }),
    artifact("page", { type: "html", name: "coverage.html" }),
    artifact("notebook", {
      type: "notebook",
      name: "latency.ipynb",
      caption: "Reads take 0.4 ms more.",
    }),
  ];
}

const digest = (letter: string) => `sha256:9f2c41e${letter.repeat(57)}`;

export function samplePlan(): Plan {
  const { me, mira, agent } = people;
  const revisions = [1, 2, 3].map((number) => ({
    id: id(),
    number,
    digest: digest("abc"[number - 1]!),
    author: agent.id,
    timestamp: NOW - (4 - number) * 3600,
    note: "",
  }));
  const asked = review(me, revisions[1]!, "commented", "What happens in a **failover**?");
  const given = review(mira, revisions[2]!, "approved", "Good to go.");
  return {
    id: "session-redis",
    title: "Move session storage to Redis",
    content: CONTENT,
    status: "changes_requested",
    pr: 123,
    branch: "feature/session-redis",
    owner: agent.id,
    created: NOW - 90_000,
    schemaVersion: 1,
    steps: [
      {
        id: "step-1",
        title: "Session adapter",
        description: "One class behind the interface above, with a connection pool.",
        criteria: ["The store's contract tests pass for both stores.", "No new global state."],
        status: "done",
      },
      {
        id: "step-2",
        title: "Expiry and logout",
        description: "Keys carry a time to live; logging out deletes.",
        criteria: [
          "Logging out in one tab ends the session in all.",
          "A failover signs nobody out.",
        ],
        status: "in_progress",
      },
      { id: "step-3", title: "Roll-out", description: "", criteria: [], status: "todo" },
    ],
    artifacts: artifacts(),
    annotations: annotations(),
    revisions,
    reviews: [asked, given],
    policy: { approvals: 2, excludeAuthor: true },
    approval: { required: 2, given: [given.id], stale: false },
    identities: Object.fromEntries(
      Object.values(people).map(({ id: key, name, kind }) => [key, { name, kind }]),
    ),
  };
}

function review(
  by: Actor,
  revision: { id: string; digest: string },
  verdict: "commented" | "approved",
  summary: string,
) {
  const { id: about, digest: bound } = revision;
  return {
    id: id(),
    author: by.id,
    verdict,
    summary,
    timestamp: NOW - 600,
    revision: about,
    digest: bound,
  };
}

export function sampleView(): View {
  const { me, mira, tom, agent } = people;
  const here = (actor: Actor, working = false) => ({
    peer: actor.id,
    actor,
    working,
    focus: null,
    since: NOW - 600,
  });
  return {
    seq: 1,
    plan: samplePlan(),
    live: {
      me,
      presence: [here(me), here(mira), here(tom), here(agent, true)],
      connection: {
        state: "live",
        path: "direct",
        peers: 3,
        unsent: 0,
        since: NOW - 600,
        detail: "",
      },
      artifacts: {
        shot: { state: "verified", detail: "" },
        tests: { state: "verified", detail: "" },
        log: { state: "verified", detail: "" },
        diff: { state: "unpublished", detail: "" },
        page: { state: "mismatch", detail: "Recorded 9f2c41e, found 51ab0c7." },
        notebook: { state: "verified", detail: "" },
      },
      publication: {
        state: "published",
        commit: "51ab0c7d",
        at: NOW - 300,
        error: "",
        url: "https://example.org/plan",
      },
      agent: { state: "waiting", name: "claude", since: NOW - 60 },
    },
  };
}

/** The sample with so many annotations, spread over a longer text. */
export function manyAnnotations(view: View, count: number): View {
  const paragraphs = Array.from(
    { length: 200 },
    (_, index) =>
      `Paragraph ${index} says that the store keeps what it was given, and gives it back when it is asked for it again by the same key.`,
  );
  const content = paragraphs.join("\n\n");
  const kinds = ["question", "concern", "suggestion", "approval"] as const;
  const annotationsMade = Array.from({ length: count }, (_, index): Annotation => {
    const start = Math.floor((index / count) * (content.length - 40));
    const exact = content.slice(start, start + 24);
    return annotation(index % 600, {
      author: [people.me, people.mira, people.tom][index % 3]!.id,
      type: kinds[index % 4]!,
      content: `Comment ${index}: is this said in the right place?`,
      target: {
        type: "text",
        block: "",
        quote: { type: "TextQuoteSelector", exact, prefix: "", suffix: "" },
      },
      anchor: { state: "anchored", start, end: start + 24 },
    });
  });
  return { ...view, plan: { ...view.plan, content, annotations: annotationsMade } };
}
