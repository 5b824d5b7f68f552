import { NumberInput, Select } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { creditsOf } from "@/lib/credits";
import { moneyOf } from "@/pages/account/credits/queries";

import { ActDialog } from "./ActDialog";
import type { AccountDetail, AccountOrder, Charge, Lot } from "./queries";
import { Restore, Suspend } from "./SuspensionActs";

const DayField = lazy(() => import("@/components/DayField"));
const MOST = 1_000_000_000;
const PER_UNIT = 100; // cents or fen

/** What is asked about: credits to give, or something to take or give back. */
export type Asked = { grant: true } | { suspend: AccountDetail } | { restore: AccountDetail } | { lot: Lot } | { charge: Charge } | { order: AccountOrder };
interface Props<T> {
  orgId: string;
  of: T;
  onClose: () => void;
}
const keyed = (orgId: string, key: string) => ({ path: { org_id: orgId }, header: { "Idempotency-Key": key } });

/** The dialog for whatever is asked about. */
export function AccountAct({ orgId, asked, onClose }: { orgId: string; asked: Asked; onClose: () => void }) {
  if ("lot" in asked) return <Reverse orgId={orgId} of={asked.lot} onClose={onClose} />;
  if ("charge" in asked) return <GiveBack orgId={orgId} of={asked.charge} onClose={onClose} />;
  if ("order" in asked) return <SendBack orgId={orgId} of={asked.order} onClose={onClose} />;
  if ("suspend" in asked) return <Suspend orgId={orgId} of={asked.suspend} onClose={onClose} />;
  if ("restore" in asked) return <Restore orgId={orgId} of={asked.restore} onClose={onClose} />;
  return <Grant orgId={orgId} onClose={onClose} />;
}

function Grant({ orgId, onClose }: Omit<Props<never>, "of">) {
  const { t } = useTranslation("operator");
  const [credits, setCredits] = useState<number | string>(50);
  const [kind, setKind] = useState<"grant" | "gift">("grant");
  const [day, setDay] = useState("");
  const expires_at = day ? `${day}T00:00:00Z` : null;
  return (
    <ActDialog
      kind="grant"
      title={t("grant")}
      isWhole={Number(credits) > 0}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/organisations/{org_id}/grants", {
            params: keyed(orgId, key),
            body: { ...words, kind, credits: Number(credits), expires_at },
          }),
        )
      }
    >
      <NumberInput label={t("credits")} value={credits} onChange={setCredits} min={0} max={MOST} decimalScale={6} thousandSeparator="," data-autofocus />
      <Select
        label={t("kind")}
        data={(["grant", "gift"] as const).map((each) => ({ value: each, label: t(`kinds.${each}`) }))}
        value={kind}
        onChange={(chosen) => chosen && setKind(chosen as typeof kind)}
        allowDeselect={false}
      />
      <Suspense>
        <DayField label={t("expires")} value={day} onChange={setDay} />
      </Suspense>
    </ActDialog>
  );
}

function Reverse({ orgId, of: lot, onClose }: Props<Lot>) {
  const { t } = useTranslation("operator");
  const [credits, setCredits] = useState<number | string>("");
  const { path, header } = keyed(orgId, "");
  return (
    <ActDialog
      kind="reverse"
      title={t("reverseOf", { credits: creditsOf(lot.credits) })}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/organisations/{org_id}/lots/{lot_id}/reversal", {
            params: { path: { ...path, lot_id: lot.id }, header: { ...header, "Idempotency-Key": key } },
            body: { ...words, credits: credits === "" ? null : Number(credits) },
          }),
        )
      }
    >
      <NumberInput label={t("creditsLeft")} value={credits} onChange={setCredits} min={0} max={lot.available} decimalScale={6} data-autofocus />
    </ActDialog>
  );
}

function GiveBack({ orgId, of: charge, onClose }: Props<Charge>) {
  const { t } = useTranslation("operator");
  return (
    <ActDialog
      kind="charge"
      title={t("refundChargeOf", { credits: creditsOf(charge.credits), subject: charge.subject_id })}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/organisations/{org_id}/charges/{charge_id}/refund", {
            params: { path: { org_id: orgId, charge_id: charge.id }, header: { "Idempotency-Key": key } },
            body: words,
          }),
        )
      }
    />
  );
}

function SendBack({ orgId, of: order, onClose }: Props<AccountOrder>) {
  const { t } = useTranslation("operator");
  const [amount, setAmount] = useState<number | string>("");
  return (
    <ActDialog
      kind="order"
      title={t("refundOrderOf", { money: moneyOf(order.amount, order.currency) })}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/organisations/{org_id}/orders/{order_id}/refund", {
            params: { path: { org_id: orgId, order_id: order.id }, header: { "Idempotency-Key": key } },
            body: { ...words, amount: amount === "" ? null : Math.round(Number(amount) * PER_UNIT) },
          }),
        )
      }
    >
      <NumberInput
        label={t("amountLeft", { currency: order.currency.toUpperCase() })}
        value={amount}
        onChange={setAmount}
        min={0}
        max={(order.amount - order.refunded) / PER_UNIT}
        decimalScale={2}
        data-autofocus
      />
    </ActDialog>
  );
}
