const known = new Map<string, boolean>();

/** Those servers that this browser takes: it refuses all of a list for one that it does not. */
export function usable(servers: readonly RTCIceServer[]): RTCIceServer[] {
  return servers.filter((server) => {
    const name = JSON.stringify(server);
    const found = known.get(name) ?? isTaken(server);
    known.set(name, found);
    return found;
  });
}

function isTaken(server: RTCIceServer): boolean {
  try {
    new RTCPeerConnection({ iceServers: [server] }).close();
    return true;
  } catch {
    return false;
  }
}
