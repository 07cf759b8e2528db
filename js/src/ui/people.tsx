import { useMemo } from "react";
import { Avatar } from "./avatar";
import { useReview, useView } from "./context";
import { everybody, type Somebody } from "./everybody";
import { hostName, useInvites } from "./may";
import { Popover } from "./popover";
import { strings } from "./strings";

const SHOWN = 4;

/** Who is here; each with role and path, when asked. */
export function People() {
  const live = useView((view) => view.live);
  const people = useMemo(() => everybody(live), [live]);
  const here = people.filter((one) => one.here);
  const shown = here.slice(0, SHOWN);
  const rest = here.length - shown.length;
  const more = rest > 0 ? strings.restHere(rest) : "";
  return (
    <Popover
      className="people"
      chip="present"
      name={strings.hereNow(shown.map(doing), more)}
      label={
        <>
          {shown.map(({ id, name, kind, working }) => (
            <span key={id} className="one" data-working={working || undefined}>
              <Avatar id={id} name={name} kind={kind} silent />
            </span>
          ))}
          {more && <span className="rest">{more}</span>}
        </>
      }
    >
      <List people={people} />
    </Popover>
  );
}

function List({ people }: { people: Somebody[] }) {
  const { ui } = useReview();
  const shared = useView(({ live }) => live.members !== undefined);
  const name = useView(hostName);
  const invites = useInvites();
  return (
    <>
      <ul className="everybody">
        {people.map((one) => (
          <Row key={one.id} somebody={one} />
        ))}
      </ul>
      {shared && !invites && <p className="quiet">{strings.othersInvite(name)}</p>}
      {people.length === 1 && invites && <p className="quiet">{strings.onlyYou}</p>}
      {invites && (
        <div className="actions">
          <button type="button" className="word" onClick={() => ui.set({ sharing: true })}>
            {strings.inviteSomebody}
          </button>
        </div>
      )}
    </>
  );
}

function Row({ somebody }: { somebody: Somebody }) {
  const { id, name, kind, me, member } = somebody;
  const role = useRole(somebody);
  const words = [role, how(somebody)].filter(Boolean).join(" · ");
  const trouble = member && (member.path === null || member.path === "relay") && member.trouble;
  return (
    <li>
      <Avatar id={id} name={name} kind={kind} small silent />
      <p>
        <span className="name">{me ? strings.you : name || strings.unknown}</span>
        <span className="quiet">{words}</span>
      </p>
      {trouble && <p className="quiet">{trouble}</p>}
    </li>
  );
}

/** Mine is in the view; of others it is known where they are in the room by themselves. */
function useRole({ me, kind, member }: Somebody): string {
  const mine = useView(({ live }) => (live.members ? (live.me.role ?? "owner") : undefined));
  const role = me ? mine : member?.identity ? member.role : undefined;
  if (role) return strings.memberRole[role];
  return kind === "agent" ? strings.agentRole : "";
}

function how({ me, here, working, member, through }: Somebody): string {
  if (me) return "";
  if (through) return strings.throughSomebody(through);
  const path = member ? strings.memberPath[member.path ?? "none"] : "";
  const more = working ? strings.isWorking : here ? "" : strings.notLooking;
  return [path, member?.path === null ? "" : more].filter(Boolean).join(" · ");
}

function doing({ name, working }: Somebody): string {
  return strings.presence(name || strings.unknown, working);
}
