import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { VerdictMark } from "@/components/VerdictMark";

import styles from "./IdentityReport.module.css";

/** How well each face was kept: every figure of the report, in words. */
export function IdentityReport({ identity }: { identity: readonly Schemas["IdentitySummary"][] }) {
  const { t } = useTranslation("take");
  return (
    <section aria-labelledby="identity">
      <h2 id="identity" className={styles.title}>
        {t("identity")}
      </h2>
      {identity.map((one) => (
        <article key={one.character_id} className={styles.character}>
          <h3 className={styles.name}>
            {one.character_name} <VerdictMark verdict={one.verdict} score={one.score} name={one.character_name} />
          </h3>
          <dl className={styles.figures}>
            <Figure words={t("score")} value={figure(one.score, 3)} />
            <Figure words={t("worstDecile")} value={figure(one.worst_decile, 3)} />
            <Figure words={t("presence")} value={`${Math.round(100 * one.presence)} %`} />
            <Figure words={t("drift")} value={figure(one.drift, 3)} />
            <Figure words={t("yaw")} value={one.yaw_range_deg ? one.yaw_range_deg.map((deg) => `${Math.round(deg)}°`).join(" … ") : "–"} />
          </dl>
          <p className="faint">{t(`comparedWith.${one.compared_with}`)}</p>
        </article>
      ))}
    </section>
  );
}

function Figure({ words, value }: { words: string; value: string }) {
  return (
    <div>
      <dt>{words}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  );
}

function figure(value: number | null, digits: number): string {
  return value === null ? "–" : value.toFixed(digits);
}
