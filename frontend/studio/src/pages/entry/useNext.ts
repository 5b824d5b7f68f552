import { useLocation } from "@tanstack/react-router";

import { ownPath } from "@/api/me";

/** Where to go once signed in, and the address of another page of the door that keeps it. */
export function useNext(): { next: string; keeping: (page: string) => string } {
  const { searchStr } = useLocation();
  const next = ownPath(new URLSearchParams(searchStr).get("next"));
  return { next, keeping: (page) => (next === "/" ? page : `${page}?next=${encodeURIComponent(next)}`) };
}
