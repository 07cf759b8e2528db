import type { Annotation, Me, View } from "../model/view";
import { useReview, useView } from "./context";
import { strings } from "./strings";

/** Whether somebody may comment and review. The host refuses what may not be, whatever is shown. */
export function mayWrite({ role, over }: Me): boolean {
  return role !== "viewer" && over === undefined;
}

/** Whether somebody may change the plan and what others wrote, as owners may. */
export function maySteer(me: Me): boolean {
  return mayWrite(me) && me.role !== "reviewer";
}

/** Whether somebody may resolve, reopen and attach a thread anew. */
export function maySettle(me: Me, { author }: Annotation): boolean {
  return maySteer(me) || (mayWrite(me) && author === me.id);
}

export const useMayWrite = () => useView(({ live }) => mayWrite(live.me));

export const useMaySteer = () => useView(({ live }) => maySteer(live.me));

/** Whether the person may invite others from here. */
export function useInvites(): boolean {
  const { session } = useReview();
  return useView(({ live }) => live.me.invites === true) && session.sharing !== undefined;
}

/** Whose room the plan is in, by name. */
export function hostName({ plan, live }: View): string {
  const { host = "", members = [] } = live;
  const linked = members.find(({ identity }) => identity?.id === host)?.identity?.name;
  return linked ?? plan.identities[host]?.name ?? strings.someOwner;
}

/** Why the person cannot write, and whom to ask; null where they can. */
export function useWhyNot(): string | null {
  return useView((view) => {
    const { me } = view.live;
    if (mayWrite(me)) return null;
    const name = hostName(view);
    return me.over ? strings.invitationOver[me.over](name) : strings.readOnly(name);
  });
}
