import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";
import { keys } from "./queries";

export type Me = Schemas["Me"];

const OWN_PATH = /^\/([^/\\\s\p{Cc}][^\\\p{Cc}]*)?$/u; // the server's rule, too (studio/accounts/routes_oidc.py)
const LONGEST_PATH = 1000;

export const meQuery = queryOptions({ queryKey: keys.me, queryFn: () => answer(api.GET("/v1/me")), staleTime: 5 * 60_000 });

/** Who is signed in, in which organisation, as what; undefined while nobody knows. */
export function useMe(): Me | undefined {
  return useQuery(meQuery).data;
}

/** Leave with everything of the present person forgotten: another one may sit down here. */
export function goTo(path: string): void {
  location.assign(path);
}

/** Where to go after signing in: a path of our own, nothing else. Browsers drop tabs and line ends, so that "/<tab>/host" is a host. */
export function ownPath(asked: string | null): string {
  return asked !== null && asked.length <= LONGEST_PATH && OWN_PATH.test(asked) ? asked : "/";
}
