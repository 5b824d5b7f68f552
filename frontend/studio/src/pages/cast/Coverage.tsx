import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";

import styles from "./Cast.module.css";

const SIDES = ["up", "left", "front", "right", "down"] as const;

/** From which sides the photos show the face: a small cross, and the same in words. */
export function Coverage({ coverage }: { coverage: Character["coverage"] }) {
  const { t } = useTranslation("cast");
  const words = SIDES.map((side) => `${t(`sides.${side}`)} ${Math.round(100 * coverage[side])} %`).join(", ");
  return (
    <span className={styles.coverage} title={words}>
      {SIDES.map((side) => (
        <span key={side} className={styles.side} data-side={side} style={{ opacity: 0.15 + 0.85 * coverage[side] }} aria-hidden />
      ))}
      <span className="unseen">{t("coverage", { sides: words })}</span>
    </span>
  );
}
