import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { answer, api, type Schemas } from "@/api/client";

import { isUsable, referencesOf, type Photo } from "./usePhotos";

type References = Schemas["ReferenceAsked"][];
type Verdict = Schemas["PhotoView"];
const AFTER_MS = 250;

/** Who is asked whether photos show one person: the studio, under a consent that was just given, or a character's own. */
export type Compare = { consent: Schemas["ConsentGiven"] } | { characterId: string } | null;

/**
 * The photos as they are among the others: each that can be used is compared as soon as it has been judged on its own. No
 * face is compared without a consent.
 */
export function useComparison(photos: readonly Photo[], compare: Compare): { photos: readonly Photo[]; busy: boolean } {
  const references = referencesOf(photos.filter(isUsable));
  const enough = references.length >= (compare && "characterId" in compare ? 1 : 2);
  const wanted = compare && enough ? JSON.stringify({ compare, references }) : "";
  const [asked] = useDebouncedValue(wanted, AFTER_MS);
  const { data, isFetching } = useQuery({
    queryKey: ["comparison", asked],
    queryFn: ({ signal }) => ask(JSON.parse(asked) as { compare: NonNullable<Compare>; references: References }, signal),
    enabled: asked !== "",
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const client = useQueryClient();
  // A photo that was taken away is gone at once: what still asks about it is called back.
  useEffect(() => {
    if (wanted !== asked) void client.cancelQueries({ queryKey: ["comparison", asked] });
  }, [client, wanted, asked]);
  const strangers = new Set(wanted === "" ? [] : (data ?? []).filter((one) => one.refusal === "stranger").map((one) => one.asset_id));
  const among = photos.map((photo) => {
    if (!photo.assetId || !photo.verdict || !strangers.has(photo.assetId) || !isUsable(photo)) return photo;
    return { ...photo, verdict: { ...photo.verdict, refusal: "stranger" as const } };
  });
  return { photos: among, busy: wanted !== asked || isFetching };
}

async function ask({ compare, references }: { compare: NonNullable<Compare>; references: References }, signal: AbortSignal): Promise<Verdict[]> {
  if ("consent" in compare) {
    return (await answer(api.POST("/v1/characters/compare", { body: { consent: compare.consent, references }, signal }))).photos;
  }
  const path = { character_id: compare.characterId };
  return (await answer(api.POST("/v1/characters/{character_id}/references/compare", { params: { path }, body: { references }, signal }))).photos;
}
