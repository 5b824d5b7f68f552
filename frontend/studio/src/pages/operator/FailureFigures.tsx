import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { code } from "./cells";
import { Figures } from "./Figures";
import styles from "./Operator.module.css";
import { exportPath, failuresQuery, numberOf } from "./queries";

/** Which codes takes fail with, by model, over a day, a week and thirty days. */
export function FailureFigures() {
  const { t } = useTranslation("operator");
  const { data, error } = useQuery(failuresQuery);
  const sum = (span: "day" | "week" | "month") => numberOf((data?.ended ?? []).reduce((total, line) => total + line[span], 0));
  return (
    <>
      <Figures
        title={t("failures")}
        rows={data?.failures}
        columns={[
          { head: t("columns.code"), show: (line) => code(line.code) },
          { head: t("columns.item"), show: (line) => line.model },
          { head: t("columns.last"), kind: "number", show: (line) => numberOf(line.day) },
          { head: t("columns.week"), kind: "number", show: (line) => numberOf(line.week) },
          { head: t("columns.month"), kind: "number", show: (line) => numberOf(line.month) },
        ]}
        idOf={(line) => `${line.code} ${line.model}`}
        empty={t("failuresEmpty")}
        error={error}
        csv={exportPath("failures")}
      />
      {data && <p className={`faint ${styles.after}`}>{t("ended", { day: sum("day"), week: sum("week"), month: sum("month") })}</p>}
    </>
  );
}
