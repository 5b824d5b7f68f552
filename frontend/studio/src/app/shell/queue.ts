import type { Schemas } from "@/api/client";

type Waiting = Pick<Schemas["TakeSummary"], "state" | "eta_s">;

export interface Queue {
  running: number;
  waiting: number;
  /** Seconds until the last of them ends; null where nobody can tell. */
  leftS: number | null;
}

/** What is under way, in three figures. */
export function queueOf(takes: readonly Waiting[]): Queue {
  const running = takes.filter((take) => take.state === "RENDERING").length;
  const known = takes.map((take) => take.eta_s).filter((seconds) => seconds !== null);
  return { running, waiting: takes.length - running, leftS: known.length > 0 ? Math.max(...known) : null };
}
