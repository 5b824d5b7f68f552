import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { credits } from "@/i18n/en/credits";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { AdminsOnly } from "../AdminsOnly";
import { Buy } from "./Buy";
import { Orders } from "./Orders";
import { Plans } from "./Plans";
import { balanceQuery, waysQuery } from "./queries";
import { TopUp } from "./TopUp";

addEnglish({ credits });

/** What the organisation has and has spent, and where more comes from. */
export function Credits() {
  const { t } = useTranslation("credits");
  return (
    <AdminsOnly deed="members" what={t("help")}>
      <p className="soft">{t("help")}</p>
      <Balance />
      <Payments />
    </AdminsOnly>
  );
}

function Balance() {
  const { t } = useTranslation("credits");
  const { data, error, refetch } = useQuery(balanceQuery);
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows count={1} height={58} />;
  return (
    <dl className={styles.facts}>
      <dt>{t("balance")}</dt>
      <dd>
        <strong>{t("available", { credits: creditsOf(data.available) })}</strong>
        {data.held > 0 && <div className="faint">{t("held", { credits: creditsOf(data.held) })}</div>}
        {data.spent > 0 && <div className="faint">{t("spent", { credits: creditsOf(data.spent) })}</div>}
        {!data.livemode && <div className="faint">{t("play")}</div>}
      </dd>
    </dl>
  );
}

function Payments() {
  const { t } = useTranslation("credits");
  const { data: ways, error, refetch } = useQuery(waysQuery);
  useLookAtPaidOrder();
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!ways) return <SkeletonRows count={2} height={58} />;
  const withStripe = ways.providers.some((each) => each.name === "stripe");
  return (
    <>
      {ways.on ? (
        <Buy ways={ways} />
      ) : (
        <EmptyState title={t("offTitle")}>
          <p>{ways.why_not}</p>
        </EmptyState>
      )}
      {ways.plans.length > 0 && <Plans ways={ways} />}
      {withStripe && <TopUp ways={ways} />}
      <Orders />
    </>
  );
}

/** Who comes back from the provider's page has paid just now: ask, rather than wait for a notice. */
function useLookAtPaidOrder(): void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (id: string) => answer(api.POST("/v1/payments/orders/{order_id}/check", { params: { path: { order_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["credits"] }),
  });
  useEffect(() => {
    const order = new URLSearchParams(location.search).get("order");
    if (order) mutate(order);
  }, [mutate]);
}
