import type { Schemas } from "@/api/client";
import type { ShotTake } from "@/api/film";
import type { Live } from "@/lib/live";

/** A take of a shot, which has a number, or any other, of a list too. */
export type AnyTake = Omit<Schemas["TakeView"], "identity" | "receipt"> & { number?: string };

export type State = ShotTake["state"];

export function isOver(state: State): boolean {
  return state !== "QUEUED" && state !== "RENDERING";
}

/** How far a take is, 0 to 1: what was heard last, or what the API said. */
export function progressOf(take: AnyTake, live: Live): number {
  return Math.max(take.progress, live.progress ?? 0);
}

/** Failures that trying again may mend; the others need a change of the shot first. */
const PASSING = new Set(["engine_lost", "engine_error", "upload_failed", "version_mismatch", "bad_source"]);

export function worthRetrying(take: AnyTake): boolean {
  return take.state === "CANCELLED" || (take.failure !== null && PASSING.has(take.failure.code));
}
