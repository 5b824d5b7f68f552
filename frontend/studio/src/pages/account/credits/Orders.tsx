import { Anchor, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { dayOf } from "@/lib/dates";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { Row } from "../Row";
import { moneyOf, ordersQuery, type Order } from "./queries";

/** What was bought, newest first. */
export function Orders() {
  const { t } = useTranslation("credits");
  const { data, error, refetch } = useQuery(ordersQuery);
  return (
    <section className={styles.section} aria-label={t("orders")}>
      <h2>{t("orders")}</h2>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={2} height={58} />}
      {data?.length === 0 && (
        <EmptyState title={t("ordersEmpty")}>
          <p>{t("ordersEmptyHelp")}</p>
        </EmptyState>
      )}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((order) => (
          <OrderRow key={order.id} order={order} />
        ))}
      </ul>
    </section>
  );
}

function OrderRow({ order }: { order: Order }) {
  const { t } = useTranslation("credits");
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => answer(api.POST("/v1/payments/orders/{order_id}/check", { params: { path: { order_id: order.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["credits"] }),
  });
  const what = { credits: creditsOf(order.credits), money: moneyOf(order.amount + order.tax, order.currency) };
  const facts = t("orderFacts", {
    state: t(`states.${order.state}`),
    provider: t(`providers.${order.provider}`),
    day: dayOf(order.created_at),
  });
  const back = order.refunded > 0 ? ` · ${t("wentBack", { money: moneyOf(order.refunded, order.currency) })}` : "";
  const isOpen = order.state === "pending" || order.state === "begun";
  return (
    <Row title={t(order.kind === "top_up" ? "orderTopUp" : "order", what)} facts={`${facts}${back}`}>
      {order.receipt_url && (
        <Anchor href={order.receipt_url} target="_blank" rel="noreferrer">
          {t("receipt")}
        </Anchor>
      )}
      {isOpen && order.url && !order.is_code && <Anchor href={order.url}>{t("payNow")}</Anchor>}
      {isOpen && (
        <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
          {t("check")}
        </Button>
      )}
      {check.error && <ErrorNotice error={check.error} />}
    </Row>
  );
}
