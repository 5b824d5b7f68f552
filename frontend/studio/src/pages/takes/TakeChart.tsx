import { lazy, Suspense } from "react";

import { Skeleton } from "@/components/Skeleton";

import type { Identity } from "./chart";
import type { Playback } from "./playback";

const IdentityChart = lazy(() => import("./IdentityChart"));
const AS_HIGH_PX = 222; // the player's place does not jump when the chart comes

interface Props {
  identity: readonly Identity[] | null | undefined;
  playback: Playback;
}

/** The identity chart, where there is anything to show: its code comes after the player's. */
export function TakeChart({ identity, playback }: Props) {
  if (!identity || identity.length === 0) return null;
  return (
    <Suspense fallback={<Skeleton height={AS_HIGH_PX} />}>
      <IdentityChart identity={identity} playback={playback} />
    </Suspense>
  );
}
