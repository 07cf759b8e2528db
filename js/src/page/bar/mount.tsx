import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { followTheme } from "../../ui/themes";
import type { PageSession } from "../page_session";
import { Bar } from "./bar";
import styles from "./bar.css";
import { PageContext } from "./context";
import { Trouble } from "./trouble";

/** Draws the page's own line into `home`. */
export function mountBar(home: HTMLElement, session: PageSession): void {
  draw(home, session, <Bar />);
}

/** Draws what stands in the place of a plan that is not there; returns how to take it away. */
export function mountTrouble(home: HTMLElement, session: PageSession): () => void {
  return draw(home, session, <Trouble />);
}

function draw(home: HTMLElement, session: PageSession, what: ReactNode): () => void {
  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement("div");
  root.className = "root";
  shadow.append(root);
  home.replaceChildren(host);
  const unfollow = followTheme(host, "auto");
  const drawn = createRoot(root);
  drawn.render(<PageContext.Provider value={session}>{what}</PageContext.Provider>);
  return () => {
    unfollow();
    drawn.unmount();
    host.remove();
  };
}
