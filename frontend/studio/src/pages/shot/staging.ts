import type { Shot } from "@/api/film";

export type Entry = Shot["characters"][number];
export type Placement = "left" | "centre" | "right";
export const PLACEMENTS: readonly Placement[] = ["left", "centre", "right"];

const STAGINGS: Record<number, readonly Placement[]> = { 1: ["centre"], 2: ["left", "right"] };

/** Where everyone stands: those who were placed, and the others in what is free, as the studio itself stages them. */
export function staged(entries: readonly Entry[]): (Entry & { stands: Placement })[] {
  const taken = new Set(entries.map((entry) => entry.placement).filter(Boolean));
  const free = [...(STAGINGS[entries.length] ?? PLACEMENTS), ...PLACEMENTS].filter(
    (place, at, all) => !taken.has(place) && all.indexOf(place) === at,
  );
  return entries.map((entry) => ({ ...entry, stands: entry.placement ?? free.shift() ?? "centre" }));
}

/** The cast after one character was put to a place; who stood there takes the place that became free. */
export function placed(entries: readonly Entry[], characterId: string, to: Placement): Entry[] {
  const before = staged(entries);
  const from = before.find((entry) => entry.character_id === characterId)?.stands;
  return before.map(({ stands, ...entry }) => {
    if (entry.character_id === characterId) return { ...entry, placement: to };
    return { ...entry, placement: stands === to && from ? from : stands };
  });
}
