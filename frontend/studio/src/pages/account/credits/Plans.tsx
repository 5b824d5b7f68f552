import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { Row } from "../Row";
import { type Ways } from "./queries";

/** Plans by the month: taken and changed on Stripe's own pages. */
export function Plans({ ways }: { ways: Ways }) {
  const { t } = useTranslation("credits");
  const subscribe = useMutation({
    mutationFn: (plan: string) => answer(api.POST("/v1/payments/subscription", { body: { plan } })),
    onSuccess: ({ url }) => location.assign(url),
  });
  const portal = useMutation({
    mutationFn: () => answer(api.POST("/v1/payments/portal")),
    onSuccess: ({ url }) => location.assign(url),
  });
  const held = ways.subscription;
  return (
    <section className={styles.section} aria-label={t("plans")}>
      <h2>{t("plans")}</h2>
      {held && <p>{t("planHeld", { name: held.plan })}</p>}
      {held?.is_late && <p role="status">{t("planLate")}</p>}
      <ul className={`bare ${styles.rows}`}>
        {ways.plans.map((plan) => (
          <Row key={plan.name} title={t("plan", { name: plan.name, credits: creditsOf(plan.monthly_credits) })} facts="">
            {held === null && (
              <Button
                size="xs"
                variant="default"
                loading={subscribe.isPending && subscribe.variables === plan.name}
                onClick={() => subscribe.mutate(plan.name)}
              >
                {t("subscribe")}
              </Button>
            )}
          </Row>
        ))}
      </ul>
      <Button mt="sm" size="xs" variant="default" loading={portal.isPending} onClick={() => portal.mutate()}>
        {t("portal")}
      </Button>
      {(subscribe.error ?? portal.error) && <ErrorNotice error={subscribe.error ?? portal.error} />}
    </section>
  );
}
