import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/pieces/ErrorNotice";

import styles from "./Account.module.css";
import { Row } from "./Row";

/** What was done, by whom, when and from where; each entry bears the hash of the one before. */
export function AuditLog() {
  const { t, i18n } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const log = useInfiniteQuery({
    queryKey: ["audit-log"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => answer(api.GET("/audit-log", { params: { query: { limit: 50, before: pageParam } } })),
    getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.sequence : undefined),
  });
  const check = useQuery({ queryKey: ["audit-check"], queryFn: () => answer(api.GET("/audit-log/check")), enabled: false });
  return (
    <>
      <Button size="xs" variant="default" mb="md" loading={check.isFetching} onClick={() => void check.refetch()}>
        {t("checkChain")}
      </Button>
      {check.data && <p role="status">{t(check.data.intact ? "chainWhole" : "chainBroken")}</p>}
      {log.error && <ErrorNotice error={log.error} />}
      <ul className={`bare ${styles.rows}`}>
        {log.data?.pages
          .flatMap((page) => page.data)
          .map((one) => (
            <Row
              key={one.sequence}
              title={one.action}
              facts={[one.actor, one.subject, one.address, new Date(one.at).toLocaleString(i18n.language)].filter(Boolean).join(" · ")}
            />
          ))}
      </ul>
      {log.hasNextPage && (
        <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {common("more")}
        </Button>
      )}
    </>
  );
}
