import { useLocation } from "@tanstack/react-router";

import { ownPath } from "@/api/me";
import { Problem } from "@/api/problem";
import { early } from "@/i18n/en/early";

/** Where to go once signed in, and the address of another page of the door that keeps it. */
export function useNext(): { next: string; keeping: (page: string) => string } {
  const { searchStr } = useLocation();
  const next = ownPath(new URLSearchParams(searchStr).get("next"));
  return { next, keeping: (page) => (next === "/" ? page : `${page}?next=${encodeURIComponent(next)}`) };
}

/** Why the identity provider's answer let nobody in, when one comes back from there: the address says its code. */
export function useRefusal(): Problem | null {
  const { searchStr } = useLocation();
  const asked = new URLSearchParams(searchStr).get("refused");
  if (asked === null) return null;
  const code = Object.hasOwn(early.refusal.titles, asked) ? asked : "oidc_refused";
  return new Problem({ title: code, status: 401, code, detail: code }, null, null);
}
