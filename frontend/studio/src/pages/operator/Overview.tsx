import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { dayOf } from "@/lib/dates";
import { moneyOf } from "@/pages/account/credits/queries";

import { Attention } from "./Attention";
import { FailureFigures } from "./FailureFigures";
import { Figures, type Column } from "./Figures";
import styles from "./Operator.module.css";
import { exportPath, numberOf, revenueOf, type Revenue } from "./queries";
import { RevenueChart } from "./RevenueChart";

const SPANS = ["7", "30", "90"] as const;
type Work = Revenue["work"][number];
type Money = Revenue["money"][number];

/** What was earned and what it took, what failed, and which orders want a look. */
export function Overview() {
  const { t } = useTranslation("operator");
  const [span, setSpan] = useState<(typeof SPANS)[number]>("30");
  const { data: revenue, error, refetch } = useQuery(revenueOf(Number(span)));
  const bounds: Record<string, string> = revenue ? { since: revenue.since, until: revenue.until } : {};
  const work: Column<Work>[] = [
    { head: t("columns.day"), show: (line) => dayOf(line.day) },
    { head: t("columns.item"), show: (line) => line.item },
    { head: t("columns.takes"), kind: "number", show: (line) => numberOf(line.takes) },
    { head: t("columns.charged"), kind: "number", show: (line) => numberOf(line.charged, 4) },
    { head: t("columns.refunded"), kind: "number", show: (line) => numberOf(line.refunded, 4) },
    { head: t("columns.busy"), kind: "number", show: (line) => numberOf(line.busy_seconds, 1) },
    { head: t("columns.good"), kind: "number", show: (line) => numberOf(line.device_seconds, 1) },
  ];
  const money: Column<Money>[] = [
    { head: t("columns.day"), show: (line) => dayOf(line.day) },
    { head: t("columns.orders"), kind: "number", show: (line) => numberOf(line.orders) },
    { head: t("columns.paid"), kind: "number", show: (line) => moneyOf(line.paid, line.currency) },
    { head: t("columns.tax"), kind: "number", show: (line) => moneyOf(line.tax, line.currency) },
    { head: t("columns.wentBack"), kind: "number", show: (line) => moneyOf(line.refunded, line.currency) },
    { head: t("columns.disputed"), kind: "number", show: (line) => numberOf(line.disputed) },
  ];
  return (
    <>
      <section className={styles.section} aria-label={t("revenue")}>
        <div className={styles.head}>
          <h2>{t("revenue")}</h2>
          <div role="group" aria-label={t("span")}>
            {SPANS.map((each) => (
              <Button key={each} ml={4} size="compact-xs" variant={each === span ? "filled" : "default"} aria-pressed={each === span} onClick={() => setSpan(each)}>
                {t(`spans.${each}`)}
              </Button>
            ))}
          </div>
        </div>
        <p className="soft">{t("revenueHelp")}</p>
        {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
        {revenue ? <RevenueChart revenue={revenue} /> : !error && <SkeletonRows count={1} height={210} />}
      </section>
      <Attention />
      <FailureFigures />
      <Figures
        title={t("work")}
        rows={revenue?.work}
        columns={work}
        idOf={(line) => `${line.day} ${line.item}`}
        empty={t("workEmpty")}
        error={error}
        csv={exportPath("work", bounds)}
      />
      <Figures
        title={t("money")}
        rows={revenue?.money}
        columns={money}
        idOf={(line) => `${line.day} ${line.currency}`}
        empty={t("moneyEmpty")}
        error={error}
        csv={exportPath("money", bounds)}
      />
    </>
  );
}
