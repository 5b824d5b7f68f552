import { NumberInput, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";

import { ActDialog } from "./ActDialog";
import styles from "./Operator.module.css";

const DayField = lazy(() => import("@/components/DayField"));
const CREDIT = "credit";

/** A price, from a day on. */
export function SetPrice({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("operator");
  const [item, setItem] = useState("previs");
  const [amount, setAmount] = useState<number | string>("");
  const [money, setMoney] = useState("usd");
  const [day, setDay] = useState("");
  const currency = item === CREDIT ? money.toLowerCase() : "credits";
  const since = day ? `${day}T00:00:00Z` : null;
  return (
    <ActDialog
      kind="price"
      title={t("setPrice")}
      isWhole={item !== "" && amount !== ""}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/prices", {
            params: { header: { "Idempotency-Key": key } },
            body: { ...words, item, amount: Number(amount), currency, since },
          }),
        )
      }
    >
      <TextInput label={t("item")} description={t("itemHelp")} value={item} onChange={(event) => setItem(event.target.value.trim())} data-autofocus />
      <NumberInput label={t("price")} value={amount} onChange={setAmount} min={0} decimalScale={6} />
      {item === CREDIT && <TextInput className={styles.search} label={t("currency")} value={money} maxLength={3} onChange={(event) => setMoney(event.target.value)} />}
      <Suspense>
        <DayField label={t("from")} value={day} onChange={setDay} />
      </Suspense>
    </ActDialog>
  );
}
