import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";

import { headersOf, type Mode } from "./mode";

export type LoggedRequest = Schemas["LoggedRequestSummary"];
export const STATUSES = ["all", "2xx", "4xx", "5xx"] as const;
export interface Search {
  mode: Mode;
  status: (typeof STATUSES)[number];
  text: string;
}

/** Pages of the log, newest first. */
export function requestsQuery({ mode, status, text }: Search) {
  const query = { limit: 50, status: status === "all" ? undefined : status, text: text.trim().length > 1 ? text.trim() : undefined };
  return infiniteQueryOptions({
    queryKey: ["requests", mode, query.status, query.text],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => answer(api.GET("/v1/requests", { params: { query: { ...query, after: pageParam } }, headers: headersOf(mode) })),
    getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
    staleTime: 0, // programs go on asking
  });
}

export function requestQuery(mode: Mode, id: string) {
  return queryOptions({
    queryKey: ["request", mode, id],
    queryFn: () => answer(api.GET("/v1/requests/{request_id}", { params: { path: { request_id: id } }, headers: headersOf(mode) })),
  });
}

/** The names of keys, by id. */
export function keyNamesQuery(mode: Mode) {
  return queryOptions({
    queryKey: ["key-names", mode],
    queryFn: async () => {
      const page = await answer(api.GET("/v1/api-keys", { params: { query: { limit: 100 } }, headers: headersOf(mode) }));
      return Object.fromEntries(page.data.map((key) => [key.id, key.name]));
    },
  });
}
