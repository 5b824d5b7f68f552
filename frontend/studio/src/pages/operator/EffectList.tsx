import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { momentOf } from "@/lib/dates";
import { moneyOf } from "@/pages/account/credits/queries";

import styles from "./Operator.module.css";
import type { ActKind, Effect } from "./queries";

const GIVES: ReadonlySet<ActKind> = new Set(["grant", "charge"]);

/** What an act does to credits, money or a price, as the server has tried it. */
export function EffectList({ kind, effect }: { kind: ActKind; effect: Effect }) {
  const { t } = useTranslation("operator");
  const { before, after, price, credits, lots = [], unfinished_takes: unfinished = 0 } = effect;
  return (
    <div className={styles.effect} role="status">
      <strong>{t("does")}</strong>
      <ul>
        {effect.amount != null && effect.currency && <li>{t("effectMoney", { money: moneyOf(effect.amount, effect.currency) })}</li>}
        {credits !== undefined && credits > 0 && <li>{t(GIVES.has(kind) ? "effectGives" : "effectTakes", { credits: creditsOf(credits) })}</li>}
        {kind === "charge" &&
          lots.map((lot) => (
            <li key={lot.lot_id}>
              {t("effectLot", { credits: creditsOf(lot.credits), kind: t(`kinds.${lot.kind}`) })}
              {lot.has_expired && <strong>, {t("effectExpired")}</strong>}
            </li>
          ))}
        {effect.owed_credits !== undefined && effect.owed_credits > 0 && <li>{t("effectOwed", { credits: creditsOf(effect.owed_credits) })}</li>}
        {before && after && <li>{t("effectBalance", { before: creditsOf(before.available), after: creditsOf(after.available) })}</li>}
        {kind === "suspend" && <li>{t("effectSuspend")}</li>}
        {kind === "restore" && <li>{t("effectRestore")}</li>}
        {unfinished > 0 && <li>{t("effectUnfinished", { count: unfinished })}</li>}
        {effect.plan && <li>{t("effectPlan", { plan: effect.plan })}</li>}
        {effect.tops_up && <li>{t("effectTopUp")}</li>}
        {price && <li>{t("effectPrice", { item: price.item, amount: creditsOf(price.amount), currency: price.currency, since: momentOf(price.since) })}</li>}
      </ul>
    </div>
  );
}
