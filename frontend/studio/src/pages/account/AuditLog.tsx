import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Account.module.css";
import { AdminsOnly } from "./AdminsOnly";
import { useAuditWords } from "./auditWords";
import { Row } from "./Row";

/** What was done, by whom, when and from where; each entry bears the hash of the one before. */
export function AuditLog() {
  const { t } = useTranslation("account");
  return (
    <AdminsOnly deed="members" what={t("auditHelp")}>
      <p className="soft">{t("auditHelp")}</p>
      <Check />
      <Entries />
    </AdminsOnly>
  );
}

function Check() {
  const { t } = useTranslation("account");
  const check = useQuery({ queryKey: ["audit-check"], queryFn: () => answer(api.GET("/v1/audit-log/check")), enabled: false });
  return (
    <div className={styles.form}>
      <Button size="xs" variant="default" loading={check.isFetching} onClick={() => void check.refetch()}>
        {t("checkChain")}
      </Button>
      {check.data && <p role="status">{t(check.data.intact ? "chainWhole" : "chainBroken", { count: check.data.entries })}</p>}
      {check.error && <ErrorNotice error={check.error} />}
    </div>
  );
}

function Entries() {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const told = useAuditWords();
  const log = useInfiniteQuery({
    queryKey: keys.auditLog,
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => answer(api.GET("/v1/audit-log", { params: { query: { limit: 50, before: pageParam } } })),
    getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.sequence : undefined),
    staleTime: 0, // whatever was done on another page stands in it
  });
  const entries = log.data?.pages.flatMap((page) => page.data);
  return (
    <>
      {log.error && <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />}
      {!entries && !log.error && <SkeletonRows count={6} height={58} />}
      {entries?.length === 0 && <EmptyState title={t("auditEmpty")} />}
      <ul className={`bare ${styles.rows}`}>
        {entries?.map((entry) => {
          const { deed, facts } = told(entry);
          return <Row key={entry.sequence} title={deed} facts={facts} />;
        })}
      </ul>
      {log.hasNextPage && (
        <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {common("more")}
        </Button>
      )}
    </>
  );
}
