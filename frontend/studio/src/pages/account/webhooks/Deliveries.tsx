import { Button, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "../Account.module.css";
import { Delivery } from "./Delivery";
import { deliveriesKey, type DeliveryState } from "./queries";

const STATES = ["all", "pending", "delivered", "failed"] as const;
const LOOK_EVERY_MS = 5000; // while something is still to be tried

/** What was sent, newest first. */
export function Deliveries() {
  const { t } = useTranslation("webhooks");
  const { t: common } = useTranslation("common");
  const [state, setState] = useState<(typeof STATES)[number]>("all");
  const log = useInfiniteQuery({
    queryKey: [...deliveriesKey, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/webhook_deliveries", {
          params: { query: { limit: 20, after: pageParam, state: state === "all" ? undefined : (state as DeliveryState) } },
        }),
      ),
    getNextPageParam: (page) => (page.has_more ? (page.last_id ?? undefined) : undefined),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => (data?.pages.some((page) => page.data.some((one) => one.state === "pending")) ? LOOK_EVERY_MS : false),
  });
  const found = log.data?.pages.flatMap((page) => page.data);
  return (
    <section aria-labelledby="deliveries">
      <div className={styles.form}>
        <h2 id="deliveries">{t("deliveries")}</h2>
        <Select
          className={styles.field}
          label={t("filter")}
          data={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
          value={state}
          allowDeselect={false}
          onChange={(value) => setState(value ?? "all")}
        />
        <Button variant="default" loading={log.isFetching} onClick={() => void log.refetch()}>
          {t("refresh")}
        </Button>
      </div>
      {log.error && <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />}
      {!found && !log.error && <SkeletonRows count={3} height={58} />}
      {found?.length === 0 && <p className="soft">{t("deliveriesEmpty")}</p>}
      <ul className={`bare ${styles.rows}`}>
        {found?.map((delivery) => <Delivery key={delivery.id} delivery={delivery} />)}
      </ul>
      {log.hasNextPage && (
        <Button variant="default" mt="md" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {common("more")}
        </Button>
      )}
    </section>
  );
}
