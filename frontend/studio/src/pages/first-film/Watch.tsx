import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { cutPlanOf } from "@/api/cuts";
import { boardOf, fileOf, type Shot } from "@/api/film";
import { useLive } from "@/lib/live";
import { DownloadFilm } from "@/pages/film/DownloadFilm";
import { FilmPlayer } from "@/pages/film/FilmPlayer";
import { RenderAgain } from "@/pages/takes/RenderAgain";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SafePicture } from "@/components/PictureFrame";
import { Skeleton } from "@/components/Skeleton";
import { VerdictMark } from "@/components/VerdictMark";

import styles from "./FirstFilm.module.css";

interface Props {
  projectId: string;
  /** Why shots were not rendered. */
  refusals: readonly { number: string; detail: string }[];
  onAgain: () => void;
}

/** The five shots as they arrive, one by one; then all of them in a row. */
export function Watch({ projectId, refusals, onAgain }: Props) {
  const { t } = useTranslation("firstFilm");
  const { history } = useRouter();
  const { data: board, error } = useQuery(boardOf(projectId));
  const shots = board?.scenes.flatMap((scene) => scene.shots) ?? [];
  const done = shots.filter((shot) => shot.poster_take_id !== null);
  const running = shots.some((shot) => shot.takes.running > 0);
  return (
    <>
      {error && <ErrorNotice error={error} />}
      {!board && !error && <Skeleton height={240} />}
      <p role="status">{t(done.length === shots.length && shots.length > 0 ? "allThere" : "coming", { done: done.length, all: shots.length })}</p>
      {done.length > 0 && !running && <TheFilm projectId={projectId} />}
      <ul className={`bare ${styles.shots}`}>
        {shots.map((shot) => (
          <Arriving key={shot.id} shot={shot} refusal={refusals.find((one) => one.number === shot.number)?.detail} />
        ))}
      </ul>
      <Group gap="xs">
        <Button onClick={() => history.push(`/films/${projectId}`)}>{t("openBoard")}</Button>
        <Button variant="default" onClick={onAgain}>
          {t("again")}
        </Button>
      </Group>
    </>
  );
}

function Arriving({ shot, refusal }: { shot: Shot; refusal: string | undefined }) {
  const { t } = useTranslation("firstFilm");
  const running = shot.takes.running_ids[0] ?? "";
  const live = useLive(running);
  const picture = shot.poster_take_id ? fileOf(shot.poster_take_id, "thumbnail") : running ? live.preview : undefined;
  const missing = !shot.poster_take_id && !running;
  return (
    <li>
      <span className={`frame ${styles.picture}`}>{picture && <SafePicture src={picture} lazy={false} />}</span>
      <p className={styles.words}>
        <strong>{shot.number}</strong>
        {running && t("rendering", { share: Math.round(100 * (live.progress ?? 0)) })}
        {missing && (refusal ?? t("failed"))}
        {shot.verdicts.map((one) => (
          <VerdictMark key={one.character_id} verdict={one.verdict} score={one.score} />
        ))}
      </p>
      {missing && <RenderAgain shotId={shot.id} />}
    </li>
  );
}

/** All of them as one film: played without a gap, and saved as one file. */
function TheFilm({ projectId }: { projectId: string }) {
  const { data: plan, error } = useQuery(cutPlanOf(projectId));
  if (error) return <ErrorNotice error={error} />;
  if (!plan) return <Skeleton height={240} />;
  if (plan.entries.length === 0) return null;
  return (
    <>
      <FilmPlayer plan={plan} />
      <DownloadFilm plan={plan} />
    </>
  );
}
