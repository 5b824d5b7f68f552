import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { keys } from "@/api/queries";

import { listen, type StudioEvent } from "./events";
import { forgetLive, hear } from "./live";

/** Events that change a take's state, and with it every list that the take stands in. */
const TURNS = /^take\.(queued|started|retrying|preempted|succeeded|failed|cancelled|consent_blocked|quarantined)$/;
const GATHER_MS = 60;

/** Keep what was fetched true while the page is open. Says whether the studio is heard. */
export function useFeed(client: QueryClient): boolean {
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    const old = gather((key) => void client.invalidateQueries({ queryKey: key }));
    return listen({
      onConnection: setConnected,
      onFresh: () => {
        forgetLive();
        void client.invalidateQueries();
      },
      onEvent: (event) => {
        hear(event);
        for (const key of madeOld(event)) old(key);
      },
    });
  }, [client]);
  return connected;
}

/** What an event makes old. */
export function madeOld({ type, data }: StudioEvent): readonly (readonly string[])[] {
  if (type === "board.changed") return [keys.board(String(data.project_id)), keys.cutPlan(String(data.project_id)), keys.projects];
  if (type === "cut.changed") return [keys.cuts, keys.cutPlan(String(data.project_id))];
  if (type === "queue.changed") return [keys.takes];
  if (type === "queue.moved") return [keys.takes, ["take"]];
  if (!TURNS.test(type) || !data.take_id) return [];
  return [keys.take(data.take_id), keys.takes, ["shot-takes"], ["board"], ["cut-plan"], keys.projects];
}

/** Calls `act` once for each different key of a burst. */
function gather(act: (key: readonly string[]) => void): (key: readonly string[]) => void {
  const waiting = new Map<string, readonly string[]>();
  return (key) => {
    if (waiting.size === 0) {
      setTimeout(() => {
        const keysNow = [...waiting.values()];
        waiting.clear();
        keysNow.forEach(act);
      }, GATHER_MS);
    }
    waiting.set(key.join("\n"), key);
  };
}
