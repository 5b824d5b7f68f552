import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** As KeyboardEvent.key says it, with `Shift+`, `Mod+` (Ctrl, or Command on a Mac) before it: `r`, `Shift+R`, `Mod+k`. */
  keys: string[];
  words: string;
  act: (event: KeyboardEvent) => void;
  /** Also while somebody types in a field. */
  everywhere?: boolean;
  /** It only opens a page, which the palette leads to by its own name. */
  page?: boolean;
}

const TYPING = "input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox]";
/** What Enter and space press by themselves, when it was reached by keyboard. */
const PRESSED = ":is(button, a[href], summary, [role=button], [role=menuitem], [role=switch]):focus-visible";
/** What opens over a page without shutting it: Escape closes this, and nothing behind it. */
const POPUP = "[role=menu], [role=listbox], [aria-modal=true]";
const groups = new Map<symbol, readonly Shortcut[]>();
const listeners = new Set<() => void>();
let shown: readonly Shortcut[] = [];

function changed(): void {
  shown = [...groups.values()].flat();
  for (const listener of listeners) listener();
}

/** What was pressed, in the words of `Shortcut.keys`. */
export function pressed(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "Shift+" : "";
  const letter = event.shiftKey && /^[a-zA-Z]$/.test(event.key) ? `Shift+${event.key.toUpperCase()}` : event.key;
  return mod + shift + letter;
}

let overPopup = false;

/** Looked at before anybody acts on the key: whoever closes its popup does so first. */
function look(event: KeyboardEvent): void {
  overPopup = event.key === "Escape" && [...document.querySelectorAll(POPUP)].some((popup) => popup.checkVisibility());
}

function act(event: KeyboardEvent): void {
  if (event.key === "Escape" && overPopup) return;
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const target = event.target as Element | null;
  const typing = target?.closest?.(TYPING) != null;
  const presses = (event.key === "Enter" || event.key === " ") && target?.closest?.(PRESSED) && !target.closest("[data-keys]");
  if (presses) return;
  const modal = document.querySelector("[aria-modal=true]") !== null;
  const keys = pressed(event);
  const found = [...groups.values()]
    .toReversed()
    .flat()
    .find((one) => one.keys.includes(keys) && (one.everywhere || (!typing && !modal)));
  if (!found) return;
  event.preventDefault();
  found.act(event);
}

let listening = false;

/** Shortcuts of what is on screen, told in the `?` sheet. The last that came wins. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const name = useRef(Symbol("shortcuts"));
  useEffect(() => {
    if (!listening) {
      window.addEventListener("keydown", look, { capture: true }); // dialogs listen there too, and are gone after it
      document.addEventListener("keydown", act);
    }
    listening = true;
    const mine = name.current;
    groups.set(mine, shortcuts);
    changed();
    return () => {
      groups.delete(mine);
      changed();
    };
  }, [shortcuts]);
}

export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}
