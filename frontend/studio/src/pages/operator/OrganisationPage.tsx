import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { usePlace } from "@/lib/crumbs";
import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";
import account from "@/pages/account/Account.module.css";

import type { Asked } from "./AccountActs";
import { AccountCharges, AccountLots, AccountOrders } from "./AccountTables";
import { OperatorsOnly } from "./OperatorsOnly";
import { accountOf, type AccountDetail } from "./queries";

const AccountAct = lazy(async () => ({ default: (await import("./dialogs")).AccountAct }));

/** One organisation's account, and what can be done to it. */
export function OrganisationPage() {
  return (
    <OperatorsOnly>
      <Organisation />
    </OperatorsOnly>
  );
}

function Organisation() {
  const { t } = useTranslation("operator");
  const { t: shell } = useTranslation("shell");
  const { orgId } = useParams({ strict: false }) as { orgId: string };
  const [asked, setAsked] = useState<Asked | null>(null);
  const { data, error, refetch } = useQuery(accountOf(orgId));
  usePlace([
    { words: shell("operator"), to: "/operator" },
    { words: t("parts.organisations"), to: "/operator/organisations" },
    { words: data?.name ?? orgId },
  ]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{data?.name ?? orgId}</h1>
        {data && <Buttons of={data} onAsk={setAsked} />}
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={3} height={58} />}
      {data && (
        <>
          <Facts of={data} />
          <AccountLots orgId={orgId} onAsk={setAsked} />
          <AccountCharges orgId={orgId} onAsk={setAsked} />
          <AccountOrders orgId={orgId} onAsk={setAsked} />
        </>
      )}
      <Suspense>{asked && <AccountAct orgId={orgId} asked={asked} onClose={() => setAsked(null)} />}</Suspense>
    </div>
  );
}

function Buttons({ of: data, onAsk }: { of: AccountDetail; onAsk: (asked: Asked) => void }) {
  const { t } = useTranslation("operator");
  return (
    <Group gap="xs">
      {data.state === "suspended" ? (
        <Button variant="default" onClick={() => onAsk({ restore: data })}>
          {t("restore")}
        </Button>
      ) : (
        <Button variant="default" onClick={() => onAsk({ suspend: data })}>
          {t("suspend")}
        </Button>
      )}
      <Button onClick={() => onAsk({ grant: true })}>{t("grant")}</Button>
    </Group>
  );
}

function Facts({ of: data }: { of: AccountDetail }) {
  const { t } = useTranslation("operator");
  const { balance, caps } = data;
  return (
    <dl className={account.facts}>
      <dt>{t("balance")}</dt>
      <dd>
        <strong>{creditsOf(balance.available)}</strong>
        <div className="faint">
          {t("balanceFacts", { held: creditsOf(balance.held), spent: creditsOf(balance.spent), reversed: creditsOf(balance.reversed) })}
        </div>
      </dd>
      <dt>{t("columns.plan")}</dt>
      <dd>
        {data.plan} · {t(`states.${data.state}`)} · {dayOf(data.created_at)}
      </dd>
      <dt>{t("columns.members")}</dt>
      <dd>{data.members}</dd>
      <dt>{t("owners")}</dt>
      <dd>{data.owners.join(", ") || t("ownersNone")}</dd>
      <dt>{t("caps")}</dt>
      <dd>
        {caps.length === 0 && t("capsNone")}
        {caps.map((cap) => (
          <div key={cap.id}>
            {t("cap", { scope: t(`scopes.${cap.scope}`), limit: creditsOf(cap.limit), period: t(`periods.${cap.period}`), committed: creditsOf(cap.committed) })}
          </div>
        ))}
      </dd>
    </dl>
  );
}
