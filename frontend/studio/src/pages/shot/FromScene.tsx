import { IconArrowBackUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import styles from "./FromScene.module.css";

interface Props {
  /** What the shot has for itself; null: nothing. */
  own: unknown;
  /** What the scene has. */
  words: string;
  onTake: () => void;
}

/** Whether this is the scene's or the shot's own, and the way back to the scene's. */
export function FromScene({ own, words, onTake }: Props) {
  const { t } = useTranslation("shot");
  if (own === null || own === undefined) return <p className={`faint ${styles.line}`}>{t("fromScene")}</p>;
  return (
    <p className={`faint ${styles.line}`}>
      {t("ownOfShot")}
      <button type="button" className={`plain ${styles.back}`} onClick={onTake}>
        <IconArrowBackUp size={14} aria-hidden /> {t("asScene", { words })}
      </button>
    </p>
  );
}
