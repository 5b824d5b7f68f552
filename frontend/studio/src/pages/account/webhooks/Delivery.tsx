import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { momentOf } from "@/lib/dates";

import { Row } from "../Row";
import { deliveriesKey, deliveryQuery, type DeliveryShown } from "./queries";
import styles from "./Webhooks.module.css";

/** One event for one endpoint: its state; opened, its body and every try. */
export function Delivery({ delivery }: { delivery: DeliveryShown }) {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const named = { type: delivery.event_type, sequence: delivery.sequence };
  const again = useMutation({
    mutationFn: () => answer(api.POST("/v1/webhook_deliveries/{delivery_id}/replay", { params: { path: { delivery_id: delivery.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: deliveriesKey }),
  });
  const state = t(`states.${delivery.state}`);
  const next = delivery.next_attempt_at ? ` · ${t("nextTry", { when: momentOf(delivery.next_attempt_at, "medium") })}` : "";
  return (
    <Row
      title={`${delivery.event_type} · ${delivery.sequence}`}
      facts={t("deliveryFacts", { state, count: delivery.attempts, when: momentOf(delivery.event_at, "medium") }) + next}
    >
      <Button size="xs" variant="default" aria-expanded={open} aria-label={t(open ? "hideNamed" : "showNamed", named)} onClick={() => setOpen(!open)}>
        {t(open ? "hide" : "show")}
      </Button>
      <Button size="xs" variant="default" aria-label={t("againNamed", named)} loading={again.isPending} onClick={() => again.mutate()}>
        {t("again")}
      </Button>
      {again.error && <ErrorNotice error={again.error} />}
      {open && <Details id={delivery.id} />}
    </Row>
  );
}

function Details({ id }: { id: string }) {
  const { t } = useTranslation("webhooks");
  const { data, error } = useQuery(deliveryQuery(id));
  if (error) return <ErrorNotice error={error} />;
  if (!data) return <SkeletonRows count={1} height={58} />;
  return (
    <div className={styles.details}>
      <ol>
        {data.tries.map((one) => (
          <li key={one.at}>
            {t("try", { when: momentOf(one.at, "medium"), answer: answerOf(one), ms: one.duration_ms })}
            {one.reply && <pre>{one.reply}</pre>}
          </li>
        ))}
      </ol>
      <p>{t("body")}</p>
      <pre>{indented(data.body)}</pre>
    </div>
  );
}

function answerOf({ status, error }: Schemas["AttemptView"]): string {
  return status === null ? (error ?? "") : String(status);
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
