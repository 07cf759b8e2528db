// The browser's end of a link in plain WebRTC, driven by commands; what happens is told.
const channels = {};
let pc;
const say = (event, rest) => window.tell(JSON.stringify({ event, ...rest }));

function adopt(channel) {
  const { label } = channel;
  channels[label] = channel;
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => {
    const text = typeof data === "string";
    say("message", text ? { label, text: data } : { label, size: data.byteLength });
    if (text && data.startsWith("echo ")) channel.send(data.replace("echo", "echoed"));
  };
  channel.onclose = () => say("closed", { label });
  channel.onopen = async () => {
    if (Object.values(channels).filter((one) => one.readyState === "open").length === 2)
      say("open", { binding: await binding() });
  };
}

async function binding() {
  const lines = [pc.localDescription, pc.remoteDescription]
    .map(({ sdp }) => sdp.match(/^a=fingerprint:(sha-256 .*)$/m)[1].trim())
    .sort();
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function start({ servers = [], relayOnly = false }) {
  const iceTransportPolicy = relayOnly ? "relay" : "all";
  pc = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy });
  pc.ondatachannel = ({ channel }) => adopt(channel);
  pc.onconnectionstatechange = () => say("state", { state: pc.connectionState });
}

async function describe(vanilla) {
  const signal = (message) => say("signal", { signal: message });
  const gathered = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (!vanilla) signal({ type: "candidate", candidate: candidate?.toJSON() ?? null });
      if (candidate === null) resolve();
    };
  });
  await pc.setLocalDescription();
  if (vanilla) await gathered;
  const { type, sdp } = pc.localDescription;
  signal({ type, sdp });
}

let answering;
let described = Promise.resolve();

async function take(signal) {
  if (signal.type === "candidate") {
    await pc.addIceCandidate(signal.candidate ?? undefined);
    return;
  }
  await pc.setRemoteDescription(signal);
  if (signal.type === "offer") await describe(answering.vanilla);
}

const commands = {
  async offer(how) {
    start(how);
    adopt(pc.createDataChannel("control"));
    adopt(pc.createDataChannel("bulk"));
    await describe(how.vanilla);
  },
  answer(how) {
    answering = how;
    start(how);
  },
  signal({ signal }) {
    described = described.then(() => take(signal));
    return described;
  },
  send: ({ label, text }) => channels[label].send(text),
  fill: ({ label, size }) => channels[label].send(new Uint8Array(size)),
  close: () => pc.close(),
  async npm() {
    const module = await import("./npm.js");
    Object.assign(commands, await module.commands(channels.control));
  },
  async ours() {
    const { roomPeer } = await import("/own/room_page.js");
    const peer = await roomPeer(channels.control);
    commands.peer = ({ given }) => peer.run(given);
  },
};

window.run = async ({ do: name, number, ...rest }) =>
  say("did", { number, value: await commands[name](rest) });
