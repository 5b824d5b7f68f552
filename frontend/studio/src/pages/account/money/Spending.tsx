import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { money as english } from "@/i18n/en/money";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { AdminsOnly } from "../AdminsOnly";
import { DaysChart } from "./DaysChart";
import own from "./Money.module.css";
import { BYS, usageQuery, useNameOf, type By, type Line } from "./queries";

addEnglish({ money: english });

const SPANS = ["7", "30", "90"] as const;

/** What takes came to: by the day as a chart and a table, and by film, model, member or key. */
export function Spending() {
  const { t } = useTranslation("money");
  const [days, setDays] = useState<(typeof SPANS)[number]>("30");
  return (
    <AdminsOnly deed="members" what={t("spendingHelp")}>
      <p className="soft">{t("spendingHelp")}</p>
      <SegmentedControl
        mt="sm"
        aria-label={t("span")}
        value={days}
        onChange={(value) => setDays(value as typeof days)}
        data={SPANS.map((value) => ({ value, label: t("days", { count: Number(value) }) }))}
      />
      <ByDay days={Number(days)} />
      <Apart days={Number(days)} />
    </AdminsOnly>
  );
}

function ByDay({ days }: { days: number }) {
  const { data, error, refetch } = useQuery(usageQuery(days, "day"));
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return data ? <DaysChart lines={data.data} days={days} /> : <SkeletonRows count={1} height={160} />;
}

function Apart({ days }: { days: number }) {
  const { t } = useTranslation("money");
  const [by, setBy] = useState<By>("project");
  const nameOf = useNameOf();
  const { data, error, refetch } = useQuery(usageQuery(days, by));
  const lines = data?.data.toSorted((one, other) => other.credits - one.credits || other.device_seconds - one.device_seconds);
  return (
    <section className={styles.section} aria-label={t("apart")}>
      <div className={styles.form}>
        <Select
          label={t("apart")}
          data={BYS.map((value) => ({ value, label: t(`by.${value}`) }))}
          value={by}
          allowDeselect={false}
          onChange={(value) => value && setBy(value as By)}
        />
      </div>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {lines?.length === 0 && <p className="faint">{t("nothing")}</p>}
      {lines && lines.length > 0 && <UsageTable lines={lines} head={t(`by.${by}`)} nameOf={(line) => nameOf(by, idOf(line, by))} />}
    </section>
  );
}

function UsageTable({ lines, head, nameOf }: { lines: readonly Line[]; head: string; nameOf: (line: Line) => string }) {
  const { t } = useTranslation("money");
  return (
    <table className={own.table} aria-label={head}>
      <thead>
        <tr>
          <th scope="col">{head}</th>
          <th scope="col">{t("takes")}</th>
          <th scope="col">{t("succeeded")}</th>
          <th scope="col">{t("deviceSeconds")}</th>
          <th scope="col">{t("credits")}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key_id ?? line.member_id ?? line.project_id ?? line.model ?? ""}>
            <th scope="row">{nameOf(line)}</th>
            <td>{line.takes}</td>
            <td>{line.succeeded}</td>
            <td>{creditsOf(line.device_seconds)}</td>
            <td>{creditsOf(line.credits)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function idOf(line: Line, by: By): string | null {
  return { model: line.model, project: line.project_id, member: line.member_id, key: line.key_id }[by];
}
