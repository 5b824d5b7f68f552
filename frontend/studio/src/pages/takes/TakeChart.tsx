import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { takeOf, type ShotTake } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import type { Playback } from "./playback";

const IdentityChart = lazy(() => import("./IdentityChart"));
const AS_HIGH_PX = 222; // the player's place does not jump when the chart comes

interface Props {
  take: ShotTake;
  playback: Playback;
}

/** The identity chart, where there is anything to show: its code and its figures come after the player's. */
export function TakeChart({ take, playback }: Props) {
  const measured = (take.identity?.length ?? 0) > 0;
  const { data, error, refetch } = useQuery({ ...takeOf(take.id), enabled: measured });
  if (!measured) return null;
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  const waits = <Skeleton height={AS_HIGH_PX} />;
  return <Suspense fallback={waits}>{data?.identity ? <IdentityChart identity={data.identity} playback={playback} /> : waits}</Suspense>;
}
