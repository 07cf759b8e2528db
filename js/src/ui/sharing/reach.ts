/** The room servers that a link names. */
function serversIn(url: string): string[] {
  return new URLSearchParams(url.split("#")[1] ?? "").getAll("server");
}

const LOCAL = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/;

/** Whether nobody on another machine can meet by a link: all its servers are on this one. */
export function worksHereOnly(url: string): boolean {
  const servers = serversIn(url);
  return servers.length > 0 && servers.every((one) => LOCAL.test(hostOf(one)));
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).hostname : "";
}

/** Whether a browser can open a link by itself; else only peerplan can. */
export function opensInBrowser(url: string): boolean {
  return /^https?:/.test(url);
}
