import type { Schemas } from "@/api/client";

export type Identity = NonNullable<Schemas["TakeView"]["identity"]>[number];

/** A frame in which a face was least like itself. */
export interface Dip {
  characterId: string;
  name: string;
  frame: number;
  score: number;
}

const APART = 6; // frames between two dips: neighbours show the same thing

/** The worst frames of a take, the worst first, spread over the clip. */
export function worstFrames(identity: readonly Identity[], most: number): Dip[] {
  const all = identity.flatMap((one) =>
    one.series.flatMap((score, frame) =>
      score === null ? [] : [{ characterId: one.character_id, name: one.character_name, frame, score }],
    ),
  );
  const chosen: Dip[] = [];
  for (const dip of all.toSorted((a, b) => a.score - b.score)) {
    const near = chosen.some((other) => other.characterId === dip.characterId && Math.abs(other.frame - dip.frame) < APART);
    if (!near) chosen.push(dip);
    if (chosen.length === most) break;
  }
  return chosen;
}

/** Runs of frames in which the face is seen, as [first, last]. */
export function seenRuns(series: readonly (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  series.forEach((score, frame) => {
    if (score === null) return;
    const last = runs.at(-1);
    if (last && last[1] === frame - 1) last[1] = frame;
    else runs.push([frame, frame]);
  });
  return runs;
}
