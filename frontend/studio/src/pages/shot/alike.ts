import type { Shot } from "@/api/film";

/** What several shots may be asked for alike. */
export const ALIKE = ["framing", "camera", "performance", "pace", "seconds", "size", "model", "tier", "plate", "light", "grade"] as const;

export type Alike = Pick<Shot, (typeof ALIKE)[number]>;

/** What one shot asks for of it, to be given to others. */
export function alikeOf(shot: Shot): Alike {
  return Object.fromEntries(ALIKE.map((field) => [field, shot[field]])) as unknown as Alike;
}

/** In what the shots differ. */
export function differing(shots: readonly Shot[]): (typeof ALIKE)[number][] {
  return ALIKE.filter((field) => new Set(shots.map((shot) => JSON.stringify(shot[field]))).size > 1);
}

/** One shot to stand for all: where they differ no choice is shown, so that any can be made. */
export function common(shots: readonly Shot[]): Shot {
  const [first] = shots as [Shot, ...Shot[]];
  const open = { framing: "", camera: null, performance: 0, pace: 0, seconds: "", size: first.size, model: null, tier: null, plate: { kind: "several" }, light: null, grade: null };
  return { ...first, ...Object.fromEntries(differing(shots).map((field) => [field, open[field]])) } as Shot;
}
