import { useLocation, useRouter } from "@tanstack/react-router";

/** Every state that a take may be in, as far as somebody looks for them; ALL is no filter. */
export const FILTERS = ["ALL", "RENDERING", "QUEUED", "SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"] as const;
export type Filter = (typeof FILTERS)[number];

/** Which takes are shown; kept in the address, so that a reload and a link show the same. */
export function useFilter(): [Filter, (filter: Filter) => void] {
  const { searchStr } = useLocation();
  const { history } = useRouter();
  const asked = new URLSearchParams(searchStr).get("state")?.toUpperCase();
  const filter = FILTERS.find((one) => one === asked) ?? "ALL";
  return [filter, (next) => history.replace(next === "ALL" ? "/renders" : `/renders?state=${next.toLowerCase()}`)];
}
