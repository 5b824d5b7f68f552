import { IconPhotoOff, IconRefresh } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";

import styles from "./PictureFrame.module.css";
import { usePicture, type Picture } from "./usePicture";

interface Props {
  picture: Picture;
  alt?: string;
  lazy?: boolean;
  style?: CSSProperties;
}

/** The picture, or a sign that it did not come: put `PictureRetry` beside it, or use `SafePicture`. */
export function PictureFrame({ picture, alt = "", lazy = true, style }: Props) {
  if (picture.lost) {
    return (
      <span className={styles.lost}>
        <IconPhotoOff size={26} stroke={1.4} aria-hidden />
      </span>
    );
  }
  return <img key={picture.key} style={style} src={picture.src} alt={alt} loading={lazy ? "lazy" : undefined} decoding="async" draggable={false} onError={picture.onError} />;
}

/** Ask for a lost picture again. It stands over the frame, outside what can be pressed already. */
export function PictureRetry({ picture, over }: { picture: Picture | undefined; over?: string }) {
  const { t } = useTranslation("common");
  if (!picture?.lost) return null;
  return (
    <button type="button" className={`plain ${styles.retry} ${over ?? ""}`} onClick={picture.retry}>
      <IconRefresh size={14} aria-hidden /> {t("pictureAgain")}
    </button>
  );
}

/** A picture where nothing else is to be pressed. */
export function SafePicture({ src, alt, lazy }: { src: string; alt?: string; lazy?: boolean }) {
  const picture = usePicture(src) as Picture;
  return (
    <>
      <PictureFrame picture={picture} alt={alt} lazy={lazy} />
      <PictureRetry picture={picture} />
    </>
  );
}
