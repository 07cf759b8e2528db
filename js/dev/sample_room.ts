import type { Live, Member, MemberRole, View } from "../src/model/view";
import type { Invitation } from "../src/session/session";
import { people } from "./sample";

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;

/** A link as long as real ones are. */
export function link(
  role: MemberRole,
  expires: number,
  server = "wss://rooms.example.org/",
): string {
  const fields = new URLSearchParams({
    v: "1",
    room: "kq0cVnq1z9sVYh3bT1mZ4w",
    key: "5uJ0c0Yw2Yy1mFzq3xgQ2cT9eVhPpZr0aKbLd8NnXsE",
    owner: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    salt: "0yJ1w3e4r5t6y7u8i9o0pA",
    role,
    expires: String(expires),
    seed: "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
    server,
    sig: `${"9mC2".repeat(21)}Qw`,
  });
  return `https://acme.github.io/shop/plan?repo=acme/shop&pr=123&plan=session-redis#${fields}`;
}

export function invitations(): Invitation[] {
  const given = (id: string, fields: Partial<Invitation>): Invitation => ({
    id: `did:key:${id}`,
    role: "reviewer",
    state: "open",
    expires: NOW + 6 * DAY,
    at: NOW - DAY,
    note: "",
    url: link("reviewer", NOW + 6 * DAY),
    ...fields,
  });
  return [
    given("zForMira", { note: "Mira and Tom" }),
    given("zForOps", { role: "viewer", expires: 0, note: "Operations channel", at: NOW - 2 * DAY }),
    given("zOld", { state: "expired", expires: NOW - DAY, note: "Lena" }),
    given("zGone", { state: "revoked", at: NOW - 9 * DAY }),
  ];
}

export function members(): Member[] {
  const { mira, tom } = people;
  const member = (peer: string, fields: Partial<Member>): Member => ({
    peer,
    identity: null,
    role: "reviewer",
    path: "direct",
    trouble: "",
    invitation: "did:key:zForMira",
    ...fields,
  });
  const noWay = "No direct connection opened: nobody could be reached at any address.";
  return [
    member("m1", { identity: mira }),
    member("m2", { identity: tom, path: "relay", trouble: noWay }),
    member("m3", { role: "viewer", path: null, invitation: null }),
  ];
}

/** The same plan, seen by whose room it is. */
export function shared(view: View): View {
  return changed(view, {
    members: members(),
    host: view.live.me.id,
    me: { ...view.live.me, invites: true },
  });
}

/** The same plan, seen by somebody whom Mira invited. */
export function asGuest(view: View, role: MemberRole, more: Partial<Live> = {}): View {
  const { mira } = people;
  const me = { ...view.live.me, role };
  const linked = members()
    .slice(0, 2)
    .map((one) => ({ ...one, role: one.identity === mira ? ("owner" as const) : one.role }));
  return changed(view, { me, host: mira.id, members: linked, ...more });
}

function changed(view: View, live: Partial<Live>): View {
  return { ...view, live: { ...view.live, ...live } };
}
