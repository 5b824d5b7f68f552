import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api } from "./client";
import { keys } from "./queries";

export const modelsQuery = queryOptions({
  queryKey: keys.models,
  queryFn: async () => (await answer(api.GET("/v1/models"))).data,
  staleTime: Infinity,
});

/** Whose nodes render for the organisation; empty where it has none of its own: there is nothing to tell apart. */
export function usePools(): string[] {
  const { data = [] } = useQuery(modelsQuery);
  const pools = [...new Set(data.flatMap((model) => model.pools))];
  return pools.some((pool) => pool !== SHARED) ? pools : [];
}

export const SHARED = "shared";
