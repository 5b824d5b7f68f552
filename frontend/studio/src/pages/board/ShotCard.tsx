import { useDraggable, useDroppable } from "@dnd-kit/core";
import { IconAlertTriangle, IconCircleCheckFilled, IconClockExclamation } from "@tabler/icons-react";
import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { fileOf, type Shot } from "@/api/film";
import { useLive } from "@/lib/live";
import { GradeFilter, gradeStyle } from "@/components/Graded";
import { CharacterFace } from "@/components/CharacterFace";
import { PictureFrame, PictureRetry } from "@/components/PictureFrame";
import { useChangedWords } from "@/components/useChangedWords";
import { usePicture, type Picture as PictureState } from "@/components/usePicture";
import { VerdictMark } from "@/components/VerdictMark";

import styles from "./ShotCard.module.css";

interface Props {
  shot: Shot;
  cast: readonly Character[];
  selected: boolean;
  main: boolean;
  /** Where a drag would insert what is dragged: before this card. */
  target: boolean;
  playing: boolean;
  onPick: (shotId: string, event: MouseEvent) => void;
  onOpen: (shotId: string) => void;
}

/** A shot on the board: its picture, its number, its first words, its faces and how they were kept. */
export const ShotCard = memo(function ShotCard({ shot, cast, selected, main, target, playing, onPick, onOpen }: Props) {
  const { t } = useTranslation("board");
  const { attributes, listeners, isDragging, setNodeRef: dragFrom } = useDraggable({ id: shot.id });
  const { setNodeRef: dropOn } = useDroppable({ id: shot.id });
  const words = shot.prompt.trim() || t("noWords");
  const spoken = shot.dialogue.map((line) => line.text).filter(Boolean).join(" — ");
  const poster = usePicture(shot.poster_take_id ? fileOf(shot.poster_take_id, "thumbnail") : undefined);
  return (
    <li ref={dropOn} className={styles.place} data-target={target || undefined}>
      <button
        ref={dragFrom}
        type="button"
        className={`plain ${styles.card}`}
        data-shot={shot.id}
        data-keys
        data-selected={selected || undefined}
        data-main={main || undefined}
        data-dragging={isDragging || undefined}
        aria-current={main || undefined}
        {...attributes}
        {...listeners}
        aria-pressed={selected}
        onClick={(event) => onPick(shot.id, event)}
        onDoubleClick={() => onOpen(shot.id)}
      >
        <Picture shot={shot} playing={playing} poster={poster} />
        <span className={styles.foot}>
          <strong>
            <span className="unseen">{t("inspector")} </span>
            {shot.number}
          </strong>
          <span className={`tabular ${styles.length}`}>{shot.seconds === null ? t("asLinesLong") : t("length", { seconds: shot.seconds })}</span>
          <Badges shot={shot} />
        </span>
        <span className={styles.words}>{words}</span>
        {spoken && (
          <span className={styles.dialogue} title={spoken}>
            <span className="unseen">{t("dialogue")} </span>
            {spoken}
          </span>
        )}
        <Cast shot={shot} cast={cast} />
      </button>
      <PictureRetry picture={poster} over={styles.retry} />
    </li>
  );
});

function Picture({ shot, playing, poster }: { shot: Shot; playing: boolean; poster: PictureState | undefined }) {
  const { t } = useTranslation("board");
  const running = shot.takes.running_ids[0];
  const { colours } = shot.staged;
  return (
    <span className={`frame ${styles.picture}`}>
      <GradeFilter colours={colours} />
      {shot.poster_take_id && playing ? (
        <video style={gradeStyle(colours)} src={fileOf(shot.poster_take_id, "video")} poster={fileOf(shot.poster_take_id, "thumbnail")} autoPlay loop muted playsInline />
      ) : shot.poster_take_id ? (
        poster && <PictureFrame picture={poster} style={gradeStyle(colours)} />
      ) : (
        <span className={styles.blank}>{running ? t("rendering") : t("noTake")}</span>
      )}
      {running && <Running takeId={running} />}
    </span>
  );
}

/** The newest frame and the progress of the take that renders. */
function Running({ takeId }: { takeId: string }) {
  const { t } = useTranslation("board");
  const live = useLive(takeId);
  const share = Math.round(100 * (live.progress ?? 0));
  return (
    <>
      {live.preview && !live.over && <img className={styles.live} src={live.preview} alt="" decoding="async" />}
      <span className={styles.track} role="img" aria-label={t("renderingShare", { share })}>
        <span style={{ width: `${share}%` }} />
      </span>
    </>
  );
}

function Badges({ shot }: { shot: Shot }) {
  const { t } = useTranslation("board");
  const changedWords = useChangedWords();
  const failed = shot.takes.failed > 0 && shot.poster_take_id === null;
  return (
    <span className={styles.badges}>
      {shot.circled_take_id && <Badge words={t("circled")} tone="accent" sign={<IconCircleCheckFilled size={15} aria-hidden />} />}
      {shot.stale.length > 0 && <Badge words={t("stale", { changes: changedWords(shot.changed) })} tone="fair" sign={<IconClockExclamation size={15} aria-hidden />} />}
      {failed && <Badge words={t("failed")} tone="bad" sign={<IconAlertTriangle size={15} aria-hidden />} />}
      {shot.takes.total > 0 && <span className={`tabular ${styles.count}`}>{t("takes", { count: shot.takes.total })}</span>}
    </span>
  );
}

function Badge({ words, tone, sign }: { words: string; tone: "accent" | "fair" | "bad"; sign: React.ReactNode }) {
  return (
    <span className={styles.badge} data-tone={tone} title={words}>
      {sign}
      <span className="unseen">{words}</span>
    </span>
  );
}

function Cast({ shot, cast }: { shot: Shot; cast: readonly Character[] }) {
  return (
    <span className={styles.cast}>
      {shot.characters.map(({ character_id }) => {
        const character = cast.find((one) => one.id === character_id);
        const verdict = shot.verdicts.find((one) => one.character_id === character_id);
        const name = character?.name ?? "?";
        return (
          <span key={character_id} className={styles.face} title={name}>
            <CharacterFace character={character} name={name} size={20} />
            <span className="unseen">{name}</span>
            {verdict && <VerdictMark verdict={verdict.verdict} score={verdict.score} name={name} />}
          </span>
        );
      })}
    </span>
  );
}
