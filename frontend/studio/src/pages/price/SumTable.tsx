import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";

import styles from "./Price.module.css";
import type { PriceProps } from "./sum";

/** How a price comes about, what pays for it, and what is left then. */
export function SumTable({ sum, piece, times }: PriceProps) {
  const { t } = useTranslation("price");
  const { takes, payment, credits } = sum;
  const ofTakes = takes.reduce((total, take) => total + take.credits, 0);
  return (
    <table className={styles.sum}>
      <caption>{t("sum")}</caption>
      <tbody>
        {takes.length === 1 && takes[0] ? <TakeRows take={takes[0]} /> : takes.length > 1 && <TakesRows takes={takes} />}
        {piece && credits > ofTakes && <Line words={t(`pieces.${piece}`)} value={creditsOf(round(credits - ofTakes))} />}
        <Line words={t("atMost")} value={creditsOf(credits)} strong />
        {times && <Line words={t("times", { count: times })} value={creditsOf(round(times * credits))} />}
      </tbody>
      {payment && (
        <tbody>
          {payment.lots.map((lot) => (
            <Line
              key={lot.lot_id}
              words={`${t(`kinds.${lot.kind}`)}, ${lot.expires_at ? t("until", { day: dayOf(lot.expires_at) }) : t("stays")}`}
              value={creditsOf(lot.credits)}
            />
          ))}
          <Line words={t("available")} value={creditsOf(payment.available)} />
          {payment.missing > 0 ? (
            <Line words={t("missing")} value={creditsOf(payment.missing)} strong />
          ) : (
            <Line words={t("left")} value={creditsOf(payment.left)} />
          )}
        </tbody>
      )}
    </table>
  );
}

function TakeRows({ take }: { take: PriceProps["sum"]["takes"][number] }) {
  const { t } = useTranslation("price");
  return (
    <>
      <Line words={t("clip")} value={t("clipOf", { seconds: creditsOf(take.seconds), frames: take.frames })} />
      <Line words={t("steps")} value={String(take.steps)} />
      <Line words={t("deviceSeconds")} value={creditsOf(take.device_seconds)} />
      <Line words={t("each")} value={creditsOf(take.credits_per_device_second)} />
      {take.attempts > 1 && <Line words={t("guarantee")} value={t("attempts", { count: take.attempts })} />}
    </>
  );
}

function TakesRows({ takes }: { takes: PriceProps["sum"]["takes"] }) {
  const { t } = useTranslation("price");
  const rates = [...new Set(takes.map((take) => take.credits_per_device_second))];
  return (
    <>
      <Line words={t("takes")} value={String(takes.length)} />
      <Line words={t("deviceSeconds")} value={creditsOf(round(takes.reduce((total, take) => total + take.device_seconds, 0)))} />
      <Line words={t("each")} value={rates.map(creditsOf).join(", ")} />
    </>
  );
}

function Line({ words, value, strong = false }: { words: string; value: string; strong?: boolean }) {
  return (
    <tr data-strong={strong || undefined}>
      <th scope="row">{words}</th>
      <td>{value}</td>
    </tr>
  );
}

/** Sums of decimals, without the dust of binary fractions. */
function round(credits: number): number {
  return Math.round(credits * 1e6) / 1e6;
}
