import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { useMe, type Me } from "@/api/me";
import { fieldRefusals } from "@/api/problem";
import { keys } from "@/api/queries";
import { say } from "@/lib/toasts";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Account.module.css";
import { DeleteOrganisation } from "./DeleteOrganisation";

const GIB = 1024 ** 3;

/** What the organisation is called, and what one is in it. */
export function Organisation() {
  const { t } = useTranslation("account");
  const { t: shell } = useTranslation("shell");
  const me = useMe();
  const may = usePermission("members");
  if (!me) return <SkeletonRows count={2} height={58} />;
  const { name, id } = me.organisation;
  return (
    <>
      <p className="soft">{t("organisationHelp")}</p>
      {may && <Rename key={name} me={me} />}
      <dl className={styles.facts}>
        {!may && (
          <>
            <dt>{t("name")}</dt>
            <dd>{name}</dd>
          </>
        )}
        <dt>{t("yourRole")}</dt>
        <dd>
          <strong>{t(`roles.${me.role}`)}</strong> <span className="soft">{t(`rolesMay.${me.role}`)}</span>
        </dd>
        <dt>{t("organisationId")}</dt>
        <dd className="mono">{id}</dd>
        <PlanFacts />
      </dl>
      {me.role === "owner" && <DeleteOrganisation me={me} />}
      {!may && <p className="soft">{shell("adminsOnly", { organisation: name })}</p>}
    </>
  );
}

/** What the plan allows at once, and how much of its room is filled. */
function PlanFacts() {
  const { t, i18n } = useTranslation("account");
  const { data: plan } = useQuery({ queryKey: keys.plan, queryFn: () => answer(api.GET("/v1/organisation/plan")) });
  if (!plan) return null;
  const size = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  const [used, most] = [size.format(plan.used_bytes / GIB), plan.storage_bytes && size.format(plan.storage_bytes / GIB)];
  return (
    <>
      <dt>{t("plan")}</dt>
      <dd>
        <strong>{plan.name}</strong>{" "}
        <span className="soft">{t("planAllows", { running: plan.running_jobs, queued: plan.queued_jobs, requests: plan.requests_a_minute })}</span>
      </dd>
      <dt>{t("kept")}</dt>
      <dd className="tabular">{most ? t("keptOf", { used, most }) : t("keptBytes", { used })}</dd>
    </>
  );
}

function Rename({ me }: { me: Me }) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const client = useQueryClient();
  const [name, setName] = useState(me.organisation.name);
  const rename = useMutation({
    mutationFn: () => answer(api.PATCH("/v1/organisation", { body: { name: name.trim() } })),
    onSuccess: (renamed) => {
      say(t("renamed", { name: renamed.name }), { tone: "good" });
      return client.invalidateQueries({ queryKey: keys.me });
    },
  });
  const refused = fieldRefusals(rename.error).name;
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <TextInput
          className={styles.field}
          label={t("name")}
          value={name}
          maxLength={200}
          error={refused}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!name.trim() || name.trim() === me.organisation.name} loading={rename.isPending}>
          {common("save")}
        </Button>
      </form>
      {rename.error && !refused && <ErrorNotice error={rename.error} />}
    </>
  );
}
