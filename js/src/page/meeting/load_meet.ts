type Meet = typeof import("./meet");

let loading: Promise<Meet> | null = null;

/** What draws and reads codes is a chunk of its own, for those who were invited. */
export function loadMeet(): Promise<Meet> {
  loading ??= import("./meet").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
