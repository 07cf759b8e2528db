/**
 * Keeps `data-host` and `data-theme` of the review's host element as the surrounding page is:
 * JupyterLab and VS Code say on `body` which theme is on. Returns how to stop.
 */
export function followTheme(host: HTMLElement, theme: "auto" | "light" | "dark"): () => void {
  const apply = () => {
    const { jpThemeLight } = document.body.dataset;
    if (jpThemeLight !== undefined) host.dataset.host = "jupyterlab";
    const found = theme === "auto" ? themeOf(document.body) : theme;
    if (found) host.dataset.theme = found;
    else delete host.dataset.theme;
  };
  apply();
  const observer = new MutationObserver(apply);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "class"],
  });
  return () => observer.disconnect();
}

function themeOf(body: HTMLElement): "light" | "dark" | null {
  const { jpThemeLight } = body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false" ? "dark" : "light";
  if (body.classList.contains("vscode-dark")) return "dark";
  return body.classList.contains("vscode-light") ? "light" : null;
}
