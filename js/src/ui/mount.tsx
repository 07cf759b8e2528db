import { createRoot } from "react-dom/client";
import type { Session } from "../session/session";
import { Review } from "./review";
import styles from "./styles.css";
import { followTheme } from "./themes";

export interface MountOptions {
  /** `auto` follows the host where it is known, the system elsewhere. */
  theme?: "auto" | "light" | "dark";
  /** In pixels, or any CSS length; the host's own height without it. */
  height?: string;
}

/** Draws the review into `root`, in a shadow tree of its own. Returns how to take it away. */
export function mount(
  root: HTMLElement,
  session: Session,
  { theme = "auto", height }: MountOptions = {},
): () => void {
  const host = document.createElement("div");
  host.style.display = "block";
  host.style.height = height ?? "100%";
  // Lumino's command registry leaves keys alone that are pressed in here.
  host.dataset.lmSuppressShortcuts = "true";
  const shadow = host.attachShadow({ mode: "open" });
  // JupyterLab 4.6 takes Enter from every field within a cell, where it would run the cell.
  shadow.addEventListener("beforeinput", (event) => event.stopPropagation());
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  shadow.adoptedStyleSheets = [sheet];
  const home = document.createElement("div");
  home.className = "root";
  shadow.append(home);
  root.append(host);
  const unfollow = followTheme(host, theme);
  const drawn = createRoot(home);
  drawn.render(<Review session={session} root={shadow} />);
  return () => {
    unfollow();
    drawn.unmount();
    host.remove();
  };
}
