import { Button, NumberInput, Progress } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { SureButton } from "@/components/SureButton";
import { addEnglish } from "@/i18n";
import { money as english } from "@/i18n/en/money";
import { creditsOf } from "@/lib/credits";

import styles from "../Account.module.css";
import { AdminsOnly } from "../AdminsOnly";
import { Row } from "../Row";
import own from "./Money.module.css";
import { NewCap } from "./NewCap";
import { capsQuery, useNameOf, type Cap } from "./queries";

addEnglish({ money: english });

/** What the organisation, films, members and keys may spend: seen, set, changed, removed. */
export function Caps() {
  const { t } = useTranslation("money");
  const { data, error, refetch } = useQuery({ ...capsQuery, refetchOnMount: "always" });
  return (
    <AdminsOnly deed="members" what={t("capsHelp")}>
      <p className="soft">{t("capsHelp")}</p>
      <p className="soft">{t("thresholds")}</p>
      <NewCap />
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={2} height={58} />}
      {data?.length === 0 && (
        <EmptyState title={t("capsEmpty")}>
          <p>{t("capsEmptyHelp")}</p>
        </EmptyState>
      )}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((cap) => (
          <CapRow key={cap.id} cap={cap} />
        ))}
      </ul>
    </AdminsOnly>
  );
}

function CapRow({ cap }: { cap: Cap }) {
  const { t } = useTranslation("money");
  const nameOf = useNameOf();
  const client = useQueryClient();
  const [limit, setLimit] = useState<number | string>(cap.limit);
  const params = { path: { cap_id: cap.id } };
  const after = { onSuccess: () => client.invalidateQueries({ queryKey: capsQuery.queryKey }) };
  const change = useMutation({ mutationFn: () => answer(api.PATCH("/v1/billing/caps/{cap_id}", { params, body: { limit: Number(limit) } })), ...after });
  const remove = useMutation({ mutationFn: () => answer(api.DELETE("/v1/billing/caps/{cap_id}", { params })), ...after });
  const name = `${nameOf(cap.scope, cap.subject_id)} · ${t(`periods.${cap.period}`)}`;
  const facts = t("capFacts", { committed: creditsOf(cap.committed), limit: creditsOf(cap.limit), remaining: creditsOf(cap.remaining) });
  const percent = cap.limit > 0 ? Math.min(100, (100 * cap.committed) / cap.limit) : 100;
  return (
    <Row title={name} facts={facts}>
      <Progress className={own.meter} value={percent} size="sm" color={percent >= 80 ? "red" : undefined} aria-label={facts} />
      <form
        className={own.change}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <NumberInput
          size="xs"
          aria-label={t("limitOf", { name })}
          value={limit}
          onChange={setLimit}
          min={0}
          max={1_000_000_000}
          decimalScale={6}
          hideControls
          className={own.limit}
        />
        <Button type="submit" size="xs" variant="default" disabled={limit === "" || Number(limit) === cap.limit} loading={change.isPending}>
          {t("change")}
        </Button>
      </form>
      <SureButton words={t("remove")} label={t("removeCap", { name })} what={t("removeCapWhat")} busy={remove.isPending} onConfirm={() => remove.mutate()} />
      {(change.error ?? remove.error) && <ErrorNotice error={change.error ?? remove.error} />}
    </Row>
  );
}
