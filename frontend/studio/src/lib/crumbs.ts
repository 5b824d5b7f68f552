import { useEffect, useSyncExternalStore } from "react";

export interface Crumb {
  words: string;
  /** Where it leads; the last one leads nowhere. */
  to?: string;
}

let crumbs: readonly Crumb[] = [];
const listeners = new Set<() => void>();

/** A page says where it is: in the top bar, and as the window's title. */
export function usePlace(place: readonly Crumb[]): void {
  const told = JSON.stringify(place);
  useEffect(() => {
    crumbs = JSON.parse(told) as Crumb[];
    document.title = [...crumbs.map((crumb) => crumb.words).toReversed(), "Dramatis"].join(" · ");
    for (const listener of listeners) listener();
  }, [told]);
}

export function useCrumbs(): readonly Crumb[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => crumbs,
  );
}
