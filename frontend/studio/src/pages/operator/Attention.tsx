import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";
import { moneyOf } from "@/pages/account/credits/queries";

import { organisationLink } from "./cells";
import { Figures } from "./Figures";
import { attentionQuery, exportPath, type AccountOrder } from "./queries";

/** Open disputes, payments that do not fit, credits that are owed: what somebody has to settle. */
export function Attention() {
  const { t } = useTranslation("operator");
  const { data, error } = useQuery(attentionQuery);
  const marksOf = (order: AccountOrder) =>
    [
      order.disputed && t("orderMarks.disputed"),
      order.state === "mismatched" && t("orderMarks.mismatched"),
      order.owed_credits > 0 && t("orderMarks.owed", { credits: creditsOf(order.owed_credits) }),
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <Figures
      title={t("attention")}
      rows={data}
      columns={[
        {
          head: t("columns.name"),
          kind: "words",
          show: (order) => organisationLink(order.organisation_id, order.organisation),
        },
        { head: t("columns.amount"), kind: "number", show: (order) => moneyOf(order.amount, order.currency) },
        { head: t("columns.reason"), kind: "words", show: marksOf },
        { head: t("columns.at"), show: (order) => dayOf(order.created_at) },
      ]}
      idOf={(order) => order.id}
      empty={t("attentionEmpty")}
      error={error}
      csv={exportPath("orders", { show: "attention" })}
    />
  );
}
