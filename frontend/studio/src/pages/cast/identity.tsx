import { IconAlertTriangle, IconShieldCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";

import styles from "./Cast.module.css";

/** A face inside the ring of its template's strength. */
export function Strength({ value, children }: { value: number; children: ReactNode }) {
  const { t } = useTranslation("cast");
  const words = t("strength", { share: Math.round(100 * value) });
  return (
    <span className={styles.ring} style={{ "--share": `${Math.round(360 * value)}deg` } as React.CSSProperties} title={words}>
      {children}
      <span className="unseen">{words}</span>
    </span>
  );
}

/** Whether the character may be shown: a shape and words. */
export function ConsentState({ consent }: { consent: Character["consent"] }) {
  const { t } = useTranslation("cast");
  const active = consent?.active === true;
  const Sign = active ? IconShieldCheck : IconAlertTriangle;
  return (
    <span className={styles.consent} data-active={active || undefined}>
      <Sign size={15} aria-hidden />
      {active ? t(`kinds.${consent.kind as "own"}`) : t("noConsent")}
    </span>
  );
}
