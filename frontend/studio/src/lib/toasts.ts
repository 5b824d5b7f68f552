import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  words: string;
  tone: "plain" | "good" | "bad";
  /** The way out, or back. */
  action?: { words: string; act: () => void };
}

const STAYS_MS = 7000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function keep(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Say something in the one stack of messages. Bad news stays until it is dismissed. */
export function say(words: string, more: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  const id = (last += 1);
  const tone = more.tone ?? "plain";
  keep([...toasts.filter((one) => one.words !== words).slice(-3), { id, words, ...more, tone }]);
  if (tone !== "bad") setTimeout(() => dismiss(id), STAYS_MS);
}

export function dismiss(id: number): void {
  keep(toasts.filter((one) => one.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
