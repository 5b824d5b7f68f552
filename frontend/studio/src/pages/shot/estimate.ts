import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";

import { answer, api, type Schemas } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";
import { useMe } from "@/api/me";

export type Estimate = Schemas["EstimateView"];
type Refusal = Estimate["problems"][number];
type TakeCreate = Schemas["TakeCreate"];

const AFTER_MS = 400;

/** The take that a shot asks for, as far as its length and its limits go: names and camera cost no time. */
function takeOf(shot: Shot, size: string | undefined): TakeCreate {
  return {
    prompt: shot.prompt.trim() || "…",
    negative_prompt: "",
    characters: shot.characters.map((entry) => ({ ...entry, expected: entry.expected ?? "always" })),
    model: shot.model,
    seconds: shot.seconds,
    size: shot.size ?? size,
    tier: shot.tier,
    framing: shot.framing,
    plate: shot.plate,
  } as TakeCreate;
}

/** How long a take of the shot would render, and what would be refused; undefined while nobody is in the shot. */
export function useEstimate(shot: Shot, size: string | undefined) {
  const [body] = useDebouncedValue(JSON.stringify(takeOf(shot, size)), AFTER_MS);
  const me = useMe();
  const take = useMemo(() => JSON.parse(body) as TakeCreate, [body]); // as it was when the typing paused
  return useQuery({
    queryKey: ["estimate", body],
    queryFn: () => answer(api.POST("/v1/takes/estimate", { body: take })),
    enabled: take.characters.length > 0 && me !== undefined && me.role !== "viewer", // a viewer only watches
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

/** What a nearest legal value changes in a shot; null where a person has to decide. */
export function fixOf(problem: Refusal, value: string): ShotChange | null {
  switch (problem.field) {
    case "seconds":
    case "frames":
      return Number(value) > 0 ? { seconds: Number(value) } : null;
    case "size":
    case "width":
    case "height":
      return /^\d+x\d+$/.test(value) ? { size: value } : null;
    case "model":
      return { model: value, tier: null };
    case "tier":
      return { tier: value as NonNullable<Shot["tier"]> };
    default:
      return null;
  }
}
