import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { momentOf } from "@/lib/dates";

import { Figures } from "./Figures";
import styles from "./Operator.module.css";
import { numberOf, offerQuery } from "./queries";

const SetPrice = lazy(async () => ({ default: (await import("./dialogs")).SetPrice }));
const GB = 2 ** 30;

/** What things cost, cost before and will cost, and what each plan allows. */
export function Prices() {
  const { t } = useTranslation("operator");
  const [opened, setOpened] = useState(false);
  const { data, error } = useQuery(offerQuery);
  return (
    <>
      <Figures
        title={t("prices")}
        rows={data?.prices}
        columns={[
          { head: t("columns.what"), show: (price) => price.item },
          { head: t("columns.price"), kind: "number", show: (price) => `${creditsOf(price.amount)} ${price.currency}` },
          { head: t("columns.kind"), show: (price) => t(`units.${price.unit}`) },
          { head: t("columns.since"), show: (price) => momentOf(price.since) },
          { head: t("columns.state"), show: (price) => price.holds && t("holds") },
          { head: t("columns.setBy"), show: (price) => price.set_by },
        ]}
        idOf={(price) => `${price.item} ${price.currency} ${price.since}`}
        empty={t("pricesEmpty")}
        error={error}
      >
        <Button size="xs" onClick={() => setOpened(true)}>
          {t("setPrice")}
        </Button>
      </Figures>
      <Figures
        title={t("plans")}
        rows={data?.plans}
        columns={[
          { head: t("columns.plan"), show: (plan) => plan.name },
          { head: t("columns.requests"), kind: "number", show: (plan) => numberOf(plan.requests_a_minute) },
          { head: t("columns.queued"), kind: "number", show: (plan) => numberOf(plan.queued_jobs) },
          { head: t("columns.running"), kind: "number", show: (plan) => numberOf(plan.running_jobs) },
          { head: t("columns.storage"), kind: "number", show: (plan) => (plan.storage_bytes === null ? t("allRoom") : numberOf(plan.storage_bytes / GB)) },
          { head: t("columns.share"), kind: "number", show: (plan) => numberOf(plan.weight) },
        ]}
        idOf={(plan) => plan.name}
        empty=""
        error={error}
      />
      <p className={`faint ${styles.after}`}>{t("plansHelp")}</p>
      <Suspense>{opened && <SetPrice onClose={() => setOpened(false)} />}</Suspense>
    </>
  );
}
