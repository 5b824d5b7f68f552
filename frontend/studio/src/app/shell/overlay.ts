import { useSyncExternalStore } from "react";

export type Overlay = "search" | "shortcuts" | null;

let opened: Overlay = null;
const listeners = new Set<() => void>();

/** Open one of the shell's own sheets, or close it with null. */
export function openOverlay(overlay: Overlay): void {
  opened = overlay;
  for (const listener of listeners) listener();
}

export function useOverlay(): Overlay {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => opened,
  );
}
