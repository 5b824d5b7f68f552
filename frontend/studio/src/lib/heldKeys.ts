import { useEffect, useMemo, useRef } from "react";

import { useShortcuts, type Shortcut } from "./shortcuts";

const NONE: readonly Shortcut[] = [];

/**
 * Holds these keys back while what they act on is not on screen yet, and presses them once it is: a quick R after an
 * arrow renders the shot that the arrow led to, never the one before it.
 */
export function useHeldKeys(keys: readonly string[], words: string, waiting: boolean): void {
  const held = useRef<string[]>([]);
  const holding = useMemo(() => [{ keys: [...keys], words, act: (event: KeyboardEvent) => void held.current.push(event.key) }], [keys, words]);
  useShortcuts(waiting ? holding : NONE);
  useEffect(() => {
    if (waiting) return;
    for (const key of held.current.splice(0)) document.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
  }, [waiting]);
}
