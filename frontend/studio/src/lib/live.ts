import { useSyncExternalStore } from "react";

import type { StudioEvent } from "./events";

/** What a take that renders says about itself, newer than any answer of the API. */
export interface Live {
  stage?: string;
  progress?: number;
  done?: number;
  total?: number;
  /** A link to the newest preview picture. */
  preview?: string;
  retrying?: boolean;
  /** It made room for another take, and waits to go on after `done` of `total` steps. */
  preempted?: boolean;
  over?: boolean;
}

const lives = new Map<string, Live>();
const listeners = new Map<string, Set<() => void>>();

/** Take in one event; only those who look at that take are drawn again. */
export function hear(event: StudioEvent): void {
  const takeId = event.data.take_id;
  if (!takeId) return;
  lives.set(takeId, { ...lives.get(takeId), ...changeOf(event) });
  for (const listener of listeners.get(takeId) ?? []) listener();
}

function changeOf({ type, data }: StudioEvent): Live {
  switch (type) {
    case "take.stage":
    case "take.step":
      return {
        stage: String(data.stage),
        progress: Number(data.progress),
        done: type === "take.step" ? Number(data.done) : undefined,
        total: type === "take.step" ? Number(data.total) : undefined,
        retrying: false,
        preempted: false,
      };
    case "take.preview":
      return { preview: String(data.url) };
    case "take.retrying":
      return { retrying: true, progress: 0, done: undefined, total: undefined };
    case "take.preempted":
      return { preempted: true, done: Number(data.done), total: Number(data.total) };
    case "take.succeeded":
    case "take.failed":
    case "take.cancelled":
    case "take.consent_blocked":
    case "take.quarantined":
      return { over: true };
    default:
      return {};
  }
}

/** Whatever was heard may have been missed in part: the API's answers count again. */
export function forgetLive(): void {
  lives.clear();
  for (const group of listeners.values()) for (const listener of group) listener();
}

const NOTHING: Live = {};

/** What is heard of one take. */
export function useLive(takeId: string): Live {
  return useSyncExternalStore(
    (listener) => {
      const group = listeners.get(takeId) ?? new Set();
      listeners.set(takeId, group.add(listener));
      return () => group.delete(listener);
    },
    () => lives.get(takeId) ?? NOTHING,
  );
}
