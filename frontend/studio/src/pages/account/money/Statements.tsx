import { Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { money as english } from "@/i18n/en/money";
import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";

import styles from "../Account.module.css";
import { AdminsOnly } from "../AdminsOnly";
import own from "./Money.module.css";
import { payingLotsQuery, statementsQuery } from "./queries";

addEnglish({ money: english });

/** What each month came to, to be saved and recomputed; and the credits there are, in the order in which they pay. */
export function Statements() {
  const { t } = useTranslation("money");
  return (
    <AdminsOnly deed="members" what={t("statementsHelp")}>
      <p className="soft">
        {t("statementsHelp")}{" "}
        <Anchor inherit underline="always" href="/docs/billing#statements-and-the-ledger-itself" target="_blank" rel="noreferrer">
          {t("recompute")}
        </Anchor>
      </p>
      <Button component="a" href="/v1/billing/export" download variant="default" size="xs" mt="sm">
        {t("wholeLedger")}
      </Button>
      <Months />
      <Lots />
    </AdminsOnly>
  );
}

function Months() {
  const { t } = useTranslation("money");
  const { data, error, refetch } = useQuery(statementsQuery);
  return (
    <section className={styles.section} aria-label={t("months")}>
      <h2>{t("months")}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={2} height={58} />}
      {data?.length === 0 && (
        <EmptyState title={t("monthsEmpty")}>
          <p>{t("monthsEmptyHelp")}</p>
        </EmptyState>
      )}
      {data?.map((statement) => (
        <Month key={statement.month} statement={statement} />
      ))}
    </section>
  );
}

const FIGURES = ["opening", "granted", "charged", "expired", "reversed", "closing"] as const;

function Month({ statement }: { statement: Schemas["StatementView"] }) {
  const { t } = useTranslation("money");
  const { month, since, until, charges } = statement;
  const asCsv = `/v1/billing/export?${new URLSearchParams({ since, until })}`;
  return (
    <article className={own.month} aria-label={month}>
      <header className={own.head}>
        <h3>{month}</h3>
        {!statement.over && <span className="faint">{t("notOver")}</span>}
        <a href={asCsv} download={`dramatis-${month}.csv`} aria-label={t("saveCsv", { month })}>
          CSV
        </a>
        <a href={`/v1/billing/statement?month=${month}`} download={`dramatis-${month}.json`} aria-label={t("saveJson", { month })}>
          JSON
        </a>
      </header>
      <table className={own.table}>
        <tbody>
          {FIGURES.filter((figure) => statement[figure] !== 0 || figure === "opening" || figure === "closing").map((figure) => (
            <tr key={figure}>
              <th scope="row">{t(`figures.${figure}`)}</th>
              <td>{creditsOf(statement[figure])}</td>
            </tr>
          ))}
          {charges.map((charge) => (
            <tr key={charge.item} className="soft">
              <th scope="row">{t("chargeOf", { item: charge.item, count: charge.count })}</th>
              <td>{creditsOf(charge.credits)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}

function Lots() {
  const { t } = useTranslation("money");
  const { data, error, refetch } = useQuery(payingLotsQuery);
  return (
    <section className={styles.section} aria-label={t("lots")}>
      <h2>{t("lots")}</h2>
      <p className="soft">{t("lotsHelp")}</p>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className="faint">{t("lotsEmpty")}</p>}
      {data && data.length > 0 && (
        <table className={own.table} aria-label={t("lots")}>
          <thead>
            <tr>
              <th scope="col">{t("order")}</th>
              <th scope="col">{t("kind")}</th>
              <th scope="col">{t("available")}</th>
              <th scope="col">{t("of")}</th>
              <th scope="col">{t("expires")}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((lot, place) => (
              <tr key={lot.id}>
                <th scope="row">{place + 1}</th>
                <td title={lot.reason}>{t(`kinds.${lot.kind}`)}</td>
                <td>{creditsOf(lot.available)}</td>
                <td>{creditsOf(lot.credits)}</td>
                <td>{lot.expires_at ? dayOf(lot.expires_at) : t("never")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
