import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "../Account.module.css";
import { moneyOf, type Ways } from "./queries";
import { ScannedCode } from "./ScannedCode";

const FIRST = 100;

/** How many credits, and how they are paid for: the provider's own page takes the money. */
export function Buy({ ways }: { ways: Ways }) {
  const [first] = ways.providers;
  return first && <BuyWith ways={ways} first={first} />;
}

function BuyWith({ ways, first }: { ways: Ways; first: Ways["providers"][number] }) {
  const { t } = useTranslation("credits");
  const client = useQueryClient();
  const [credits, setCredits] = useState<number | string>(FIRST);
  const [name, setName] = useState(first.name);
  const provider = ways.providers.find((each) => each.name === name) ?? first;
  const [wanted, setCurrency] = useState("");
  const currency = provider.currencies.includes(wanted) ? wanted : (provider.currencies[0] ?? "usd");
  const count = typeof credits === "number" ? credits : 0;
  const order = useMutation({
    mutationFn: () => answer(api.POST("/v1/payments/orders", { body: { provider: provider.name, credits: count, currency } })),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["credits", "orders"] });
      if (made.url && !made.is_code) location.assign(made.url);
    },
  });
  const cents = Math.ceil(Math.round(count * (ways.price_per_credit[currency] ?? 0) * 1e8) / 1e6);
  return (
    <section className={styles.section} aria-label={t("buy")}>
      <h2>{t("buy")}</h2>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          order.mutate();
        }}
      >
        <NumberInput label={t("howMany")} value={credits} onChange={setCredits} min={1} max={100_000} allowDecimal={false} thousandSeparator="," />
        <Select
          label={t("payWith")}
          data={ways.providers.map((each) => ({ value: each.name, label: t(`providers.${each.name}`) }))}
          value={provider.name}
          onChange={(chosen) => chosen && setName(chosen as typeof name)}
          allowDeselect={false}
        />
        {provider.currencies.length > 1 && (
          <Select
            label={t("currency")}
            data={provider.currencies.map((each) => ({ value: each, label: each.toUpperCase() }))}
            value={currency}
            onChange={(chosen) => chosen && setCurrency(chosen)}
            allowDeselect={false}
          />
        )}
        <Button type="submit" disabled={count < 1} loading={order.isPending}>
          {t("pay")}
        </Button>
        <span role="status">{count >= 1 && t("costs", { money: moneyOf(cents, currency) })}</span>
      </form>
      {order.error && <ErrorNotice error={order.error} />}
      {order.data?.is_code && <ScannedCode order={order.data} />}
    </section>
  );
}
