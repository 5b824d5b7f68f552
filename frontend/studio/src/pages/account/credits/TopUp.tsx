import { Button, NumberInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { waysQuery, type Ways } from "./queries";

/** Credits that are bought whenever few are left, with the card of the last purchase. */
export function TopUp({ ways }: { ways: Ways }) {
  const { t } = useTranslation("credits");
  const client = useQueryClient();
  const [below, setBelow] = useState<number | string>(ways.top_up?.below ?? 20);
  const [credits, setCredits] = useState<number | string>(ways.top_up?.credits ?? 100);
  const currency = ways.top_up?.currency ?? ways.providers.find((each) => each.name === "stripe")?.currencies[0] ?? "usd";
  const after = { onSuccess: () => client.invalidateQueries({ queryKey: waysQuery.queryKey }) };
  const agree = useMutation({
    mutationFn: () => answer(api.PUT("/v1/payments/top-up", { body: { below: Number(below), credits: Number(credits), currency } })),
    ...after,
  });
  const stop = useMutation({ mutationFn: () => answer(api.DELETE("/v1/payments/top-up")), ...after });
  const held = ways.top_up;
  const isWhole = Number(below) > 0 && Number(credits) >= 1;
  return (
    <section className={styles.section} aria-label={t("topUp")}>
      <h2>{t("topUp")}</h2>
      <p className="soft">{t("topUpHelp")}</p>
      {held && !held.problem && <p>{t("topUpStands", { below: creditsOf(held.below), credits: creditsOf(held.credits) })}</p>}
      {held?.problem && <p role="status">{t("topUpStopped", { problem: held.problem })}</p>}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          agree.mutate();
        }}
      >
        <NumberInput label={t("below")} value={below} onChange={setBelow} min={1} max={100_000} allowDecimal={false} />
        <NumberInput label={t("howMany")} value={credits} onChange={setCredits} min={1} max={100_000} allowDecimal={false} />
        <Button type="submit" variant="default" disabled={!isWhole} loading={agree.isPending}>
          {t("topUpOn")}
        </Button>
        {held && (
          <Button variant="subtle" loading={stop.isPending} onClick={() => stop.mutate()}>
            {t("topUpOff")}
          </Button>
        )}
      </form>
      {(agree.error ?? stop.error) && <ErrorNotice error={agree.error ?? stop.error} />}
    </section>
  );
}
