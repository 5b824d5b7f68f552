import { ActionIcon, Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { errorWords } from "@/components/errorWords";
import { Skeleton } from "@/components/Skeleton";

import styles from "./Cast.module.css";
import { mouthOf } from "./mouth";
import { refusalOf } from "./refusal";
import { isUsable, type Photo } from "./usePhotos";

interface Props {
  photo: Photo;
  onRemove: () => void;
  onChoose: (face: number) => void;
  onAgain: () => void;
}

/** One photo with its faces and what it is good for, in words. */
export function PhotoCard({ photo, onRemove, onChoose, onAgain }: Props) {
  const { t } = useTranslation("cast");
  const usable = isUsable(photo);
  return (
    <li className={styles.photo} data-bad={((photo.verdict !== undefined || photo.error !== undefined) && !usable) || undefined}>
      <div className={styles.picture}>
        <Picture key={photo.picture} photo={photo} />
        {photo.picture && photo.width > 0 && <Faces photo={photo} onChoose={onChoose} />}
        <ActionIcon className={styles.remove} variant="filled" color="dark" aria-label={t("removePhoto", { name: photo.name })} onClick={onRemove}>
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </div>
      <Words photo={photo} usable={usable} onAgain={onAgain} />
    </li>
  );
}

/** What is no picture, or none that this browser reads, is known by its name. */
function Picture({ photo }: { photo: Photo }) {
  const [unreadable, setUnreadable] = useState(false);
  if (!photo.picture) return <Skeleton height={150} />;
  if (unreadable) return <p className={styles.unreadable}>{photo.name}</p>;
  return <img src={photo.picture} alt={photo.name} onError={() => setUnreadable(true)} />;
}

/** A box on every face; where there are several, a click chooses. */
function Faces({ photo, onChoose }: { photo: Photo; onChoose: (face: number) => void }) {
  const { t } = useTranslation("cast");
  return (photo.verdict?.faces ?? []).map(({ box }, at) => (
    <button
      key={`${box.x},${box.y}`}
      type="button"
      className={`plain ${styles.face}`}
      aria-pressed={photo.face === at}
      aria-label={t("faceNumber", { number: at + 1 })}
      onClick={() => onChoose(at)}
      style={{
        left: `${(100 * box.x) / photo.width}%`,
        top: `${(100 * box.y) / photo.height}%`,
        width: `${(100 * box.width) / photo.width}%`,
        height: `${(100 * box.height) / photo.height}%`,
      }}
    />
  ));
}

function Words({ photo, usable, onAgain }: { photo: Photo; usable: boolean; onAgain: () => void }) {
  const { t } = useTranslation("cast");
  const { t: common } = useTranslation("common");
  const refused = refusalOf(photo.error);
  if (refused) return <Verdict good={false} words={t(`refusals.${refused}`)} />;
  if (photo.error !== undefined) {
    const { title, help, again } = errorWords(photo.error, common);
    return (
      <>
        <Verdict good={false} words={`${title}: ${help}`} />
        {again && (
          <Button size="compact-xs" variant="default" onClick={onAgain}>
            {common("retry")}
          </Button>
        )}
      </>
    );
  }
  if (!photo.verdict) {
    return (
      <p className={styles.words}>
        <Loader size={14} /> {t("judging")}
      </p>
    );
  }
  const { refusal } = photo.verdict;
  if (refusal === "several_faces" && usable) return <Verdict good words={t("facePicked")} />;
  return <Verdict good={refusal === null} words={refusal ? t(`refusals.${refusal}`) : goodWords(t, photo)} />;
}

function Verdict({ good, words }: { good: boolean; words: string }) {
  const Sign = good ? IconCheck : IconAlertTriangle;
  return (
    <p className={styles.words} data-good={good || undefined}>
      <Sign size={15} aria-hidden /> {words}
    </p>
  );
}

/** `clear, front, 412 px, lips closed` */
function goodWords(t: ReturnType<typeof useTranslation<"cast">>["t"], photo: Photo): string {
  const face = photo.verdict?.faces[photo.face ?? 0];
  if (!face) return "";
  const turned = face.yaw_deg < -15 ? "left" : face.yaw_deg > 15 ? "right" : "front";
  const quality = face.quality > 0.66 ? "qualityGood" : face.quality > 0.4 ? "qualityFair" : "qualityPoor";
  const words = t("photoWords", { quality: t(quality), side: t(`sides.${turned}`), size: Math.round(face.size_px) });
  const mouth = mouthOf(face);
  return mouth ? t("photoWordsMouth", { words, mouth: t(`mouths.${mouth}`) }) : words;
}
