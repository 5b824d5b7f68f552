import { Checkbox } from "@mantine/core";
import { IconCircle, IconCircleCheckFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";

import { fileOf, type ShotTake } from "@/api/film";
import { useLive } from "@/lib/live";
import { Forbidden } from "@/components/Forbidden";
import { PictureFrame, PictureRetry } from "@/components/PictureFrame";
import { useChangedWords } from "@/components/useChangedWords";
import { usePicture } from "@/components/usePicture";
import { VerdictMark } from "@/components/VerdictMark";

import { TakeProgress } from "./TakeProgress";
import { TakeTrouble } from "./TakeTrouble";
import { isOver } from "./takeState";
import styles from "./TakeCard.module.css";

interface Props {
  take: ShotTake;
  to: string;
  picked: boolean;
  onPick: (on: boolean) => void;
  onCircle: () => void;
}

/** One take in the strip. */
export function TakeCard({ take, to, picked, onPick, onCircle }: Props) {
  const { t } = useTranslation("take");
  const changedWords = useChangedWords();
  const ready = take.state === "SUCCEEDED";
  return (
    <article className={styles.card} data-circled={take.circled || undefined} aria-label={t("takeNumber", { number: take.number })}>
      <Poster take={take} to={to} />
      <div className={styles.foot}>
        <strong>{take.number}</strong>
        {take.suggested && !take.circled && <span className={styles.suggested}>{t("suggested")}</span>}
        <span className={styles.marks}>
          {take.identity?.map((one) => (
            <VerdictMark key={one.character_id} verdict={one.verdict} score={one.score} name={one.character_name} />
          ))}
        </span>
        {ready && (
          <Forbidden unless="change">
            <button
              type="button"
              className={`plain ${styles.circle}`}
              aria-pressed={take.circled}
              aria-label={t("circle", { number: take.number })}
              title={t(take.circled ? "circled" : "circleThis")}
              onClick={onCircle}
            >
              {take.circled ? <IconCircleCheckFilled size={20} aria-hidden /> : <IconCircle size={20} aria-hidden />}
            </button>
          </Forbidden>
        )}
      </div>
      {ready && (
        <Checkbox
          className={styles.pick}
          size="xs"
          aria-label={t("pick", { number: take.number })}
          checked={picked}
          onChange={(event) => onPick(event.currentTarget.checked)}
        />
      )}
      {take.stale.length > 0 && <p className={styles.stale}>{t("stale", { changes: changedWords(take.changed) })}</p>}
      {!isOver(take.state) && <TakeProgress take={take} />}
      {isOver(take.state) && !ready && <TakeTrouble take={take} />}
    </article>
  );
}

/** The take's picture: its poster, or the newest frame of one that renders. */
function Poster({ take, to }: { take: ShotTake; to: string }) {
  const { t } = useTranslation("take");
  const { history } = useRouter();
  const live = useLive(take.id);
  const ready = take.state === "SUCCEEDED";
  const shown = usePicture(ready ? fileOf(take.id, "thumbnail") : isOver(take.state) ? undefined : live.preview);
  const [width, height] = take.size.split("x");
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.push(to);
  };
  return (
    <>
      <a href={to} onClick={open} className={`frame ${styles.poster}`} style={{ aspectRatio: `${width} / ${height}` }}>
        <span className="unseen">{t("openTake", { number: take.number })}</span>
        {shown && (ready || !shown.lost) && <PictureFrame key={ready ? "over" : "live"} picture={shown} lazy={false} />}
      </a>
      {ready && <PictureRetry picture={shown} over={styles.retry} />}
    </>
  );
}
