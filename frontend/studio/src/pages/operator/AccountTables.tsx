import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";
import { moneyOf } from "@/pages/account/credits/queries";

import type { Asked } from "./AccountActs";
import { actButton, both, receiptLink } from "./cells";
import { Figures } from "./Figures";
import { chargesOf, lotsOf, numberOf, ordersOf } from "./queries";

interface Props {
  orgId: string;
  onAsk: (asked: Asked) => void;
}

/** Credits as they came in, each of which may be taken back. */
export function AccountLots({ orgId, onAsk }: Props) {
  const { t } = useTranslation("operator");
  const { data, error } = useQuery(lotsOf(orgId));
  return (
    <Figures
      title={t("lots")}
      rows={data}
      columns={[
        { head: t("columns.at"), show: (lot) => dayOf(lot.created_at) },
        { head: t("columns.kind"), show: (lot) => t(`kinds.${lot.kind}`) },
        { head: t("columns.came"), kind: "number", show: (lot) => creditsOf(lot.credits) },
        { head: t("columns.left"), kind: "number", show: (lot) => creditsOf(lot.available) },
        { head: t("columns.expires"), show: (lot) => (lot.expires_at ? dayOf(lot.expires_at) : t("never")) },
        { head: t("columns.reason"), kind: "words", show: (lot) => lot.reason },
        {
          head: t("columns.act"),
          show: (lot) => lot.available > 0 && actButton(t("reverse"), t("reverseOf", { credits: creditsOf(lot.credits) }), () => onAsk({ lot })),
        },
      ]}
      idOf={(lot) => lot.id}
      empty={t("lotsEmpty")}
      error={error}
    />
  );
}

/** What takes were charged, each of which may be given back once. */
export function AccountCharges({ orgId, onAsk }: Props) {
  const { t } = useTranslation("operator");
  const { data, error } = useQuery(chargesOf(orgId));
  return (
    <Figures
      title={t("charges")}
      rows={data}
      columns={[
        { head: t("columns.at"), show: (charge) => dayOf(charge.at) },
        { head: t("columns.what"), show: (charge) => t(`subjects.${charge.subject}`) },
        { head: t("columns.item"), show: (charge) => charge.item },
        { head: t("columns.good"), kind: "number", show: (charge) => charge.device_seconds !== null && numberOf(charge.device_seconds, 1) },
        { head: t("columns.charged"), kind: "number", show: (charge) => creditsOf(charge.credits) },
        {
          head: t("columns.act"),
          show: (charge) =>
            charge.refunded > 0
              ? t("gaveBack")
              : actButton(t("refundCharge"), t("refundChargeOf", { credits: creditsOf(charge.credits), subject: charge.subject_id }), () => onAsk({ charge })),
        },
      ]}
      idOf={(charge) => charge.id}
      empty={t("chargesEmpty")}
      error={error}
    />
  );
}

/** What was ordered; of what was paid, money may be sent back. */
export function AccountOrders({ orgId, onAsk }: Props) {
  const { t } = useTranslation("operator");
  const { data, error } = useQuery(ordersOf(orgId));
  return (
    <Figures
      title={t("orders")}
      rows={data}
      columns={[
        { head: t("columns.at"), show: (order) => dayOf(order.created_at) },
        { head: t("columns.state"), show: (order) => t(`orderStates.${order.state}`) },
        { head: t("columns.amount"), kind: "number", show: (order) => moneyOf(order.amount, order.currency) },
        { head: t("columns.wentBack"), kind: "number", show: (order) => moneyOf(order.refunded, order.currency) },
        {
          head: t("columns.act"),
          show: (order) =>
            both(
              order.receipt_url && receiptLink(order.receipt_url, t("receipt")),
              order.state === "paid" &&
                order.refunded < order.amount &&
                actButton(t("refundOrder"), t("refundOrderOf", { money: moneyOf(order.amount, order.currency) }), () => onAsk({ order })),
            ),
        },
      ]}
      idOf={(order) => order.id}
      empty={t("ordersEmpty")}
      error={error}
    />
  );
}
