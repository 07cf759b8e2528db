import { createRoot } from "react-dom/client";
import { Dashboard } from "./dashboard";
import css from "./dashboard.css";
import { TeamFeed } from "./server";

// The page's policy allows no style elements; a constructed sheet needs none.
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets = [sheet];

const feed = new TeamFeed("api/team/dashboard", "api/team/events");
feed.start();
createRoot(document.getElementById("dashboard")!).render(<Dashboard feed={feed} />);
