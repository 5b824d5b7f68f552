import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { addEnglish } from "@/i18n";
import { webhooks } from "@/i18n/en/webhooks";

import styles from "../Account.module.css";
import { AdminsOnly } from "../AdminsOnly";
import { Deliveries } from "./Deliveries";
import { Endpoint } from "./Endpoint";
import { NewEndpoint } from "./NewEndpoint";
import { endpointsQuery } from "./queries";

addEnglish({ webhooks });

/** Where events are sent, and what was sent. */
export function Webhooks() {
  const { t } = useTranslation("webhooks");
  return (
    <AdminsOnly deed="keys" what={t("help")}>
      <p className="soft">{t("help")}</p>
      <NewEndpoint />
      <Endpoints />
      <Deliveries />
    </AdminsOnly>
  );
}

function Endpoints() {
  const { t } = useTranslation("webhooks");
  const { data, error, refetch } = useQuery(endpointsQuery);
  return (
    <>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={2} height={58} />}
      {data?.length === 0 && (
        <EmptyState title={t("empty")}>
          <p>{t("emptyHelp")}</p>
        </EmptyState>
      )}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((endpoint) => <Endpoint key={endpoint.id} endpoint={endpoint} />)}
      </ul>
    </>
  );
}
