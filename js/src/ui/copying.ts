/**
 * Puts text on the clipboard; false where the page may not. Notebooks over plain HTTP, and frames
 * in some editors, have no clipboard but that of a selection. `near` is a place in the tree where a
 * field may hold the focus for a moment.
 */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const field = document.createElement("textarea");
  field.className = "hidden";
  field.value = text;
  near.append(field);
  field.focus();
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
  }
}
