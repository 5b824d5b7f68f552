import { useTranslation } from "react-i18next";

import { timecode } from "@/lib/timecode";

import styles from "./Timecode.module.css";

interface Props {
  frame: number;
  fps: number;
  /** Name the places under the figures; without, they are named where the pointer rests. */
  legend?: boolean;
}

/** A frame's place as HH:MM:SS:FF, in figures that do not dance. */
export function Timecode({ frame, fps, legend = false }: Props) {
  const { t } = useTranslation("common");
  return (
    <span className={`mono ${styles.timecode}`} title={t("timecode.legend", { fps })}>
      {timecode(frame, fps)}
      {legend && (
        <span className={styles.legend} aria-hidden>
          {t("timecode.places")}
        </span>
      )}
    </span>
  );
}
