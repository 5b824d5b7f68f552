import { useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import type { Shot } from "@/api/film";

export interface Selection {
  /** The shot whose inspector is open: the one in the address. */
  main: string | undefined;
  has: (shotId: string) => boolean;
  ids: readonly string[];
  select: (shotId: string) => void;
  /** In or out, beside those that are selected (Ctrl-click). */
  toggle: (shotId: string) => void;
  /** Everything from the main shot to this one (Shift-click). */
  extend: (shotId: string) => void;
  /** These and no others. */
  only: (shotIds: readonly string[]) => void;
  clear: () => void;
}

/** Which shots are selected: one in the address, so that a link leads to it, and any more beside it. */
export function useSelection(projectId: string, main: string | undefined, shots: readonly Shot[]): Selection {
  const { history } = useRouter();
  const [more, setMore] = useState<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const ids = shots.map((shot) => shot.id).filter((id) => id === main || more.has(id));
    const go = (shotId: string | undefined) => history.replace(shotId ? `/films/${projectId}/shots/${shotId}` : `/films/${projectId}`);
    return {
      main,
      ids,
      has: (id) => id === main || more.has(id),
      select: (id) => {
        setMore(new Set());
        go(id);
      },
      toggle: (id) => {
        const next = new Set(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]);
        const nextMain = id === main ? [...next][0] : (main ?? id);
        setMore(next);
        go(nextMain);
      },
      extend: (id) => {
        const order = shots.map((shot) => shot.id);
        const [from, to] = [order.indexOf(main ?? id), order.indexOf(id)].toSorted((a, b) => a - b) as [number, number];
        setMore(new Set(order.slice(Math.max(0, from), to + 1)));
        if (!main) go(id);
      },
      only: (chosen) => {
        setMore(new Set(chosen));
        go(chosen[0]);
      },
      clear: () => {
        setMore(new Set());
        go(undefined);
      },
    };
  }, [history, main, more, projectId, shots]);
}
