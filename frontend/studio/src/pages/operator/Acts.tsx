import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { momentOf } from "@/lib/dates";
import { moneyOf } from "@/pages/account/credits/queries";

import { organisationLink } from "./cells";
import { Figures } from "./Figures";
import { actsQuery, type Act } from "./queries";

/** What operators did, newest first: who, when, why. */
export function Acts() {
  const { t } = useTranslation("operator");
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(actsQuery);
  const deedOf = ({ action, effect }: Act) =>
    t(`did.${action}`, {
      credits: creditsOf(effect.credits ?? 0),
      money: effect.amount != null && effect.currency ? moneyOf(effect.amount, effect.currency) : "",
      item: effect.price?.item,
      amount: effect.price ? creditsOf(effect.price.amount) : "",
      currency: effect.price?.currency,
    });
  return (
    <>
      <Figures
        title={t("log")}
        rows={data?.pages.flatMap((page) => page.data)}
        columns={[
          { head: t("columns.at"), show: (act) => momentOf(act.at) },
          { head: t("columns.what"), kind: "words", show: deedOf },
          {
            head: t("columns.name"),
            show: (act) => act.organisation_id && organisationLink(act.organisation_id, act.organisation_id),
          },
          { head: t("columns.reason"), kind: "words", show: (act) => act.reason },
          { head: t("columns.setBy"), show: (act) => act.operator },
        ]}
        idOf={(act) => act.id}
        empty={t("logEmpty")}
        error={error}
      />
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}
