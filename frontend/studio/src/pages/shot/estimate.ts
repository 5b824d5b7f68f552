import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";

import { answer, api, type Schemas } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";
import { useMe } from "@/api/me";

export type Estimate = Schemas["EstimateView"];
type Refusal = Estimate["problems"][number];
export type PromptNote = Schemas["PromptNote"];

const AFTER_MS = 400;
const ASK_AGAIN_MS = 3000;

/** Everything that decides what a take of the shot costs, may do and leaves aside. */
function changeOf({ prompt, characters, model, seconds, size, tier, framing, camera, performance, pace, plate, keyframes }: Shot): ShotChange {
  return { prompt, characters, model, seconds, size, tier, framing, camera, performance, pace, plate, keyframes } as ShotChange;
}

/** What rendering the shot as it is on screen would bring, saved or not; undefined while nobody is in the shot. */
export function useEstimate(shot: Shot) {
  const [body] = useDebouncedValue(JSON.stringify(changeOf(shot)), AFTER_MS);
  const me = useMe();
  const change = useMemo(() => JSON.parse(body) as ShotChange, [body]); // as it was when the typing paused
  return useQuery({
    queryKey: ["estimate", shot.id, body],
    queryFn: () => answer(api.POST("/v1/shots/{shot_id}/estimate", { params: { path: { shot_id: shot.id } }, body: change })),
    enabled: Boolean(change.characters?.length && change.prompt?.trim()) && me !== undefined && me.role !== "viewer", // a viewer only watches
    placeholderData: keepPreviousData,
    staleTime: 15_000,
    refetchInterval: ({ state: { data } }) => (data?.ok && data.notes === null && data.seconds !== null ? ASK_AGAIN_MS : false), // the engine still starts
  });
}

/** Whether a refusal is about the price alone, beside which it stands. */
export const SUSPENDED = "organisation_suspended";

export function isUnpaid({ code }: Refusal): boolean {
  return code === "insufficient_credits" || code === "spend_cap_reached" || code === SUSPENDED;
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
