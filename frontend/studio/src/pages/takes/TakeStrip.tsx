import { Button } from "@mantine/core";
import { useIsMutating, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { takesOf, useCircle, type ShotTake } from "@/api/film";
import { keys } from "@/api/queries";
import { useShortcuts } from "@/lib/shortcuts";
import { say } from "@/lib/toasts";
import { ErrorNotice } from "@/components/ErrorNotice";
import { errorWords } from "@/components/errorWords";
import { Skeleton } from "@/components/Skeleton";
import { useGuard } from "@/components/useForbidden";

import { addressOf, MOST_COMPARED } from "./address";
import { TakeCard } from "./TakeCard";
import styles from "./TakeStrip.module.css";

interface Props {
  projectId: string;
  shotId: string;
}

/** The takes of a shot, newest first: watch them come, choose, compare. */
export const TakeStrip = memo(function TakeStrip({ projectId, shotId }: Props) {
  const { t } = useTranslation("take");
  const edited = useIsMutating({ mutationKey: keys.boardEdit }) > 0; // the shot may be gone when the edit is through
  const { data: takes, error, refetch } = useQuery({ ...takesOf(shotId), enabled: !edited });
  const [picked, setPicked] = useState<readonly string[]>([]);
  const circle = useCircling(projectId, shotId);
  const compare = useCompare(projectId, shotId, takes ?? [], picked);
  useTakeKeys(takes ?? [], circle, compare);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!takes) return <Skeleton height={150} />;
  if (takes.length === 0) return <p className={styles.none}>{t("none")}</p>;
  return (
    <section className={styles.strip} aria-label={t("strip")}>
      <ol className={`bare ${styles.cards}`}>
        {takes.map((take) => (
          <li key={take.id}>
            <TakeCard
              take={take}
              to={addressOf(projectId, shotId, take.id)}
              picked={picked.includes(take.id)}
              onPick={(on) => setPicked(on ? [...picked, take.id].slice(-MOST_COMPARED) : picked.filter((id) => id !== take.id))}
              onCircle={() => circle(take)}
            />
          </li>
        ))}
      </ol>
      {picked.length > 1 && (
        <Button className={styles.compare} onClick={compare}>
          {t("compareCount", { count: picked.length })}
        </Button>
      )}
    </section>
  );
});

/** Circle a take, or take the circle away; a refusal is told, and nothing changes. */
export function useCircling(projectId: string, shotId: string): (take: ShotTake) => void {
  const { t: common } = useTranslation("common");
  const choose = useCircle(projectId, shotId);
  return useMemo(
    () => (take) => {
      choose(take.circled ? null : take.id).catch((error: unknown) => {
        const { title, help } = errorWords(error, common);
        say(`${title}: ${help}`, { tone: "bad" });
      });
    },
    [choose, common],
  );
}

/** Open the picked takes side by side; without a choice, the newest two that succeeded. */
function useCompare(projectId: string, shotId: string, takes: readonly ShotTake[], picked: readonly string[]): () => void {
  const { history } = useRouter();
  const ready = takes.filter((take) => take.state === "SUCCEEDED").map((take) => take.id);
  const [first, ...others] = picked.length > 1 ? picked : ready.slice(0, 2);
  return () => {
    if (first && others.length > 0) history.push(addressOf(projectId, shotId, first, others));
  };
}

function useTakeKeys(takes: readonly ShotTake[], circle: (take: ShotTake) => void, compare: () => void): void {
  const { t } = useTranslation("take");
  const guard = useGuard("change");
  useShortcuts([
    {
      keys: Array.from("123456789"),
      words: t("keyCircle"),
      act: guard((event: KeyboardEvent) => {
        const take = takes.find((one) => one.number === `T${event.key}` && one.state === "SUCCEEDED");
        if (take) circle(take);
      }),
    },
    { keys: ["c"], words: t("keyCompare"), act: compare },
  ]);
}
