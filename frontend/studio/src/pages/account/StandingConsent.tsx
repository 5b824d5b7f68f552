import { Button, Radio, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { say } from "@/lib/toasts";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { SureButton } from "@/components/SureButton";

import styles from "./Account.module.css";
import { AdminsOnly } from "./AdminsOnly";

type Consent = Schemas["StandingConsent"];
const KINDS = ["permission", "invented"] as const;

/** What the organisation attests of every photo that the API sends without a consent of its own. */
export function StandingConsent() {
  const { t } = useTranslation("account");
  return (
    <AdminsOnly deed="members" what={t("consentHelp")}>
      <Attestation />
    </AdminsOnly>
  );
}

function Attestation() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: keys.standingConsent, queryFn: () => answer(api.GET("/v1/organisation/standing-consent")) });
  const keep = (consent: Consent | null) => client.setQueryData(keys.standingConsent, consent);
  const end = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/organisation/standing-consent")),
    onSuccess: () => {
      keep(null);
      say(t("consentEnded"));
    },
  });
  if (error) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (isPending) return <SkeletonRows count={2} height={58} />;
  return (
    <>
      <p className="soft">{t("consentHelp")}</p>
      {data ? (
        <section className={styles.standing} aria-label={t("consentStands")}>
          <h2>{t("consentStands")}</h2>
          <dl className={styles.facts}>
            <dt>{t("consentKind")}</dt>
            <dd>{t(`consentKinds.${data.kind}`)}</dd>
            <dt>{t("consentBy")}</dt>
            <dd>{data.by}</dd>
            <dt>{t("consentEvidence")}</dt>
            <dd>{data.evidence}</dd>
          </dl>
          {end.error && <ErrorNotice error={end.error} />}
          <SureButton words={t("consentEnd")} label={t("consentEnd")} what={t("consentEndWhat")} busy={end.isPending} onConfirm={() => end.mutate()} />
        </section>
      ) : (
        <p className={styles.nothing}>{t("consentNone")}</p>
      )}
      <Attest key={data ? "again" : "first"} stands={data !== null} onKept={keep} />
    </>
  );
}

function Attest({ stands, onKept }: { stands: boolean; onKept: (consent: Consent) => void }) {
  const { t } = useTranslation("account");
  const [draft, setDraft] = useState<Consent>({ kind: "permission", by: "", evidence: "" });
  const attest = useMutation({
    mutationFn: () => answer(api.PUT("/v1/organisation/standing-consent", { body: { ...draft, by: draft.by.trim(), evidence: draft.evidence.trim() } })),
    onSuccess: (kept) => {
      onKept(kept);
      setDraft({ kind: "permission", by: "", evidence: "" });
      say(t("consentAttested"), { tone: "good" });
    },
  });
  return (
    <form
      className={styles.column}
      onSubmit={(event) => {
        event.preventDefault();
        attest.mutate();
      }}
    >
      <h2>{t(stands ? "consentReplace" : "consentAttest")}</h2>
      <Radio.Group label={t("consentKind")} value={draft.kind} onChange={(kind) => setDraft({ ...draft, kind: kind as Consent["kind"] })}>
        <div className={styles.choices}>
          {KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={t(`consentKinds.${kind}`)} />
          ))}
        </div>
      </Radio.Group>
      <TextInput label={t("consentBy")} value={draft.by} maxLength={200} required onChange={(event) => setDraft({ ...draft, by: event.currentTarget.value })} />
      <Textarea
        label={t("consentEvidence")}
        description={t("consentEvidenceHint")}
        autosize
        minRows={2}
        maxLength={4000}
        required
        value={draft.evidence}
        onChange={(event) => setDraft({ ...draft, evidence: event.currentTarget.value })}
      />
      {attest.error && <ErrorNotice error={attest.error} />}
      <Button type="submit" disabled={!draft.by.trim() || !draft.evidence.trim()} loading={attest.isPending}>
        {t("consentAttest")}
      </Button>
    </form>
  );
}
