import { queryOptions, useQuery } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";
import { keys } from "./queries";

export type Character = Schemas["CharacterView"];

const A_PAGE = 100;

async function fetchCast(after?: string): Promise<Character[]> {
  const page = await answer(api.GET("/v1/characters", { params: { query: { limit: A_PAGE, after } } }));
  return page.has_more && page.last_id !== null ? [...page.data, ...(await fetchCast(page.last_id))] : page.data;
}

/** The organisation's whole cast, newest first. Links to photos live 15 minutes, so it is fetched anew before that. */
export const castQuery = queryOptions({
  queryKey: keys.characters,
  queryFn: () => fetchCast(),
  staleTime: 5 * 60_000,
  refetchInterval: 10 * 60_000,
});

export function useCast(): readonly Character[] {
  return useQuery(castQuery).data ?? [];
}

/** How a character is named in a prompt: `@Ada_Lovelace`. */
export function mentionOf(name: string): string {
  return `@${name.replaceAll(" ", "_")}`;
}
