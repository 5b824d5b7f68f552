import { IconCheck, IconTilde, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import styles from "./VerdictMark.module.css";

export type Verdict = "pass" | "fail" | "unscored";

const SHAPES = { pass: IconCheck, fail: IconX, unscored: IconTilde };

interface Props {
  verdict: Verdict;
  /** Cosine to the template, shown beside the shape when given. */
  score?: number | null;
  /** Whose face; with it the mark says its whole meaning to a screen reader. */
  name?: string;
}

/** Whether a face was kept: a shape, a colour and words, never a colour alone. */
export function VerdictMark({ verdict, score, name }: Props) {
  const { t } = useTranslation("common");
  const Shape = SHAPES[verdict];
  const figure = score == null ? "" : score.toFixed(2);
  const meaning = name
    ? verdict === "unscored"
      ? t("verdict.unscoredName", { name })
      : t(`verdict.${verdict}Score`, { name, score: figure })
    : t(`verdict.${verdict}`);
  return (
    <span className={styles.mark} data-verdict={verdict} title={meaning}>
      <Shape size={12} stroke={3} aria-hidden />
      <span className="unseen">{meaning}</span>
      {score != null && (
        <span className="tabular" aria-hidden>
          {figure}
        </span>
      )}
    </span>
  );
}
