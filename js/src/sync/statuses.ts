import type { PeerPlanError } from "../model/errors";
import { UpdateStatusCode } from "./frames";
import { UnreadyError } from "./ports";

/** The status of an Ack that tells the error. */
export function statusOf(error: PeerPlanError): UpdateStatusCode {
  if (error instanceof UnreadyError) return UpdateStatusCode.RateLimited;
  switch (error.code) {
    case "forbidden":
      return UpdateStatusCode.PermissionDenied;
    case "too_large":
      return UpdateStatusCode.PayloadTooLarge;
    case "document":
    case "protocol":
    case "not_found":
    case "unsupported_schema":
      return UpdateStatusCode.InvalidUpdate;
    default:
      return UpdateStatusCode.Unknown;
  }
}
