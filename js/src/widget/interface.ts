export { CommChannel } from "../session/comm_channel";
export { FailoverChannel } from "../session/failover_channel";
export { MessageSession } from "../session/message_session";
export type { Session } from "../session/session";
export { SocketChannel } from "../session/socket_channel";
export { type MountOptions, mount } from "../ui/mount";
