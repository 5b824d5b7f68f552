import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { requests } from "@/i18n/en/requests";
import { momentOf } from "@/lib/dates";

import accountStyles from "./Account.module.css";
import { AdminsOnly } from "./AdminsOnly";
import { ModeChoice, NoTestMode, useIsThere, type Mode } from "./mode";
import { RequestDetail } from "./RequestDetail";
import styles from "./RequestLog.module.css";
import { keyNamesQuery, requestsQuery, STATUSES, type LoggedRequest, type Search } from "./requests";

addEnglish({ requests });

/** What keys asked for and were answered: searched, looked at, and in test mode asked again. */
export function RequestLog() {
  const { t } = useTranslation("requests");
  const [search, setSearch] = useState<Search>({ mode: "live", status: "all", text: "" });
  const [looked, setLooked] = useState<string>();
  return (
    <AdminsOnly deed="keys" what={t("help")}>
      <p className="soft">{t("help")}</p>
      <Filters search={search} onChange={setSearch} />
      <Found search={search} onLook={setLooked} />
      {looked && <RequestDetail mode={search.mode} id={looked} onClose={() => setLooked(undefined)} />}
    </AdminsOnly>
  );
}

function Filters({ search, onChange }: { search: Search; onChange: (search: Search) => void }) {
  const { t } = useTranslation("requests");
  return (
    <div className={accountStyles.form} role="search">
      <ModeChoice mode={search.mode} onChange={(mode) => onChange({ ...search, mode })} />
      <TextInput
        className={accountStyles.field}
        label={t("find")}
        placeholder={t("findHelp")}
        maxLength={200}
        value={search.text}
        onChange={(event) => onChange({ ...search, text: event.currentTarget.value })}
      />
      <Select
        label={t("status")}
        allowDeselect={false}
        value={search.status}
        data={STATUSES.map((value) => ({ value, label: t(`statuses.${value}`) }))}
        onChange={(value) => onChange({ ...search, status: value as Search["status"] })}
      />
    </div>
  );
}

function Found({ search, onLook }: { search: Search; onLook: (id: string) => void }) {
  const { t } = useTranslation("requests");
  const { t: common } = useTranslation("common");
  const [text] = useDebouncedValue(search.text, 300);
  const isThere = useIsThere(search.mode);
  const log = useInfiniteQuery({ ...requestsQuery({ ...search, text }), enabled: isThere === true });
  const rows = log.data?.pages.flatMap((page) => page.data);
  if (isThere === false) return <NoTestMode />;
  const isAll = search.status === "all" && text === "";
  return (
    <>
      {log.error && <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />}
      {!rows && !log.error && <SkeletonRows count={6} height={40} />}
      {rows?.length === 0 && <EmptyState title={t(isAll ? "none" : "noneFound")}>{isAll && <p>{t("noneHelp")}</p>}</EmptyState>}
      {rows && rows.length > 0 && <Table mode={search.mode} rows={rows} onLook={onLook} />}
      {log.hasNextPage && (
        <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {common("more")}
        </Button>
      )}
    </>
  );
}

function Table({ mode, rows, onLook }: { mode: Mode; rows: LoggedRequest[]; onLook: (id: string) => void }) {
  const { t } = useTranslation("requests");
  const { data: names } = useQuery(keyNamesQuery(mode));
  return (
    <table className={styles.table} aria-label={t("table")}>
      <thead>
        <tr>
          <th scope="col">{t("request")}</th>
          <th scope="col">{t("status")}</th>
          <th scope="col" className={styles.wide}>{t("ms")}</th>
          <th scope="col" className={styles.wide}>{t("key")}</th>
          <th scope="col">{t("when")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <button type="button" className={styles.look} aria-label={t("look", { method: row.method, path: row.path, status: row.status })} onClick={() => onLook(row.id)}>
                {row.method} {row.path}
              </button>
            </td>
            <td data-bad={row.status >= 400 || undefined}>
              {row.status} {row.code}
            </td>
            <td className={styles.wide}>{t("msValue", { ms: Math.round(row.ms) })}</td>
            <td className={styles.wide}>{names?.[row.key_id] ?? row.key_id}</td>
            <td>{momentOf(row.at, "medium")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
