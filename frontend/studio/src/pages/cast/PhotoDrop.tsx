import { Button, FileButton } from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";

import { say } from "@/lib/toasts";

import styles from "./Cast.module.css";
import { PhotoCard } from "./PhotoCard";
import { MOST_PHOTOS, type Photo, type usePhotos } from "./usePhotos";

interface Props {
  state: ReturnType<typeof usePhotos>;
  /** The photos as they are among the others. */
  photos: readonly Photo[];
}

/** A place to drop photos; each appears at once and is judged. */
export function PhotoDrop({ state, photos }: Props) {
  const { t } = useTranslation("cast");
  const [over, setOver] = useState(false);
  const { again, remove, choose } = state;
  const add = (files: readonly File[]) => {
    const left = state.add(files);
    if (left > 0) say(t("noRoom", { count: left, most: MOST_PHOTOS }), { tone: "bad" });
  };
  const drag = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(on);
  };
  const drop = (event: DragEvent) => {
    drag(false)(event);
    add([...event.dataTransfer.files]);
  };
  return (
    <div className={styles.drop} data-over={over || undefined} onDragOver={drag(true)} onDragLeave={drag(false)} onDrop={drop}>
      <ul className={`bare ${styles.photos}`} aria-live="polite">
        {photos.map((photo) => (
          <PhotoCard
            key={photo.key}
            photo={photo}
            onRemove={() => remove(photo.key)}
            onChoose={(face) => choose(photo.key, face)}
            onAgain={() => again(photo.key)}
          />
        ))}
      </ul>
      {photos.length < MOST_PHOTOS && (
        <div className={styles.ask}>
          <IconPhotoPlus size={30} stroke={1.3} aria-hidden />
          <p>{t("dropHere")}</p>
          <FileButton multiple accept="image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif" onChange={add}>
            {(props) => (
              <Button {...props} variant="default" size="xs">
                {t("choosePhotos")}
              </Button>
            )}
          </FileButton>
        </div>
      )}
    </div>
  );
}
