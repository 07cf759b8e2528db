/** The limits of `peerplan_jupyter/plan`; lengths are in code points. */
export const SCHEMA_VERSION = 1;
/** What one may write. */
export const MAX_CONTENT = 200_000;
/** What is read: edits made at once may together pass what one may write. */
export const MAX_READ_CONTENT = 1_000_000;
export const MAX_STEPS = 500;
/** Bytes of updates that one import may bring. */
export const MAX_DOCUMENT = 64_000_000;
/** Seconds that another machine's clock may be ahead; ids say what is newer. */
export const CLOCK_SLACK = 600;
