/** One JSON message of a session, with the bytes that came beside it. */
export interface Message {
  kind: string;
  re?: number;
  [key: string]: unknown;
}

export interface ChannelEvents {
  /** Messages can be sent from now on; also after every reconnection. */
  up(): void;
  message(message: Message, buffers: DataView[]): void;
  /** Nothing gets through; `detail` says why, in a sentence. */
  down(detail: string): void;
}

/** Carries messages to one host and back, in order, and tells when it cannot. */
export interface Channel {
  start(events: ChannelEvents): void;
  /** Lost if the channel is down: the session sends again what matters. */
  send(message: Message): void;
  /** Where an artifact is, for hosts that do not send bytes through the channel. */
  artifactUrl?(id: string): string | null;
  close(): void;
}
