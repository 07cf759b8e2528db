export interface DiffStatistics {
  files: number;
  added: number;
  removed: number;
}

/** How much a unified diff changes. */
export function diffStatistics(text: string): DiffStatistics {
  const found = { files: 0, added: 0, removed: 0 };
  for (const line of text.split("\n")) {
    if (line.startsWith("+++ ")) found.files += 1;
    else if (line.startsWith("--- ")) continue;
    else if (line.startsWith("+")) found.added += 1;
    else if (line.startsWith("-")) found.removed += 1;
  }
  return found;
}
