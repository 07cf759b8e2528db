/** What Chromium reports when a server did not answer at all: RFC 8839 knows no such code. */
const SILENT = 701;

/**
 * Tells what is wrong with the TURN servers of a connection, which otherwise fail without a word:
 * one that refuses at once, one that is silent when all paths were looked for. Tells "" as soon as
 * one gave an address.
 */
export function watchServers(connection: RTCPeerConnection, tell: (warning: string) => void): void {
  let silent = "";
  let relays = false;
  connection.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate?.type === "relay") relays = true;
    if (candidate?.type === "relay") tell("");
    else if (!candidate && silent && !relays) tell(silent);
  });
  connection.addEventListener("icecandidateerror", ({ url, errorCode, errorText }) => {
    if (!/^turns?:/.test(url) || relays) return;
    if (errorCode === SILENT)
      silent ||= `The TURN server ${url} gave no address: it is not reached.`;
    else tell(refused(url, `${errorCode} ${errorText}`.trim()));
  });
}

function refused(url: string, answer: string): string {
  return `The TURN server ${url} gave no address: its username or credential is wrong or has expired (${answer.slice(0, 100)}).`;
}
