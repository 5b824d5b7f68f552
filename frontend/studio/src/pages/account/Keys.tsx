import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { useMe } from "@/api/me";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { EmptyState } from "@/components/EmptyState";
import { dayOf } from "@/lib/dates";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { SureButton } from "@/components/SureButton";
import { addEnglish } from "@/i18n";
import { requests } from "@/i18n/en/requests";

import styles from "./Account.module.css";
import { AdminsOnly } from "./AdminsOnly";
import { KeyCaps } from "./money/KeyCaps";
import { headersOf, ModeChoice, NoTestMode, testModeKey, useIsThere, type Mode } from "./mode";
import { Row } from "./Row";
import { Secret } from "./Secret";

addEnglish({ requests });

type Scope = Schemas["ApiKeyCreate"]["scopes"] extends (infer One)[] | undefined ? One : never;

/** API keys: made, shown once, revoked. */
export function Keys() {
  const { t } = useTranslation("account");
  const { t: requestWords } = useTranslation("requests");
  const [mode, setMode] = useState<Mode>("live");
  return (
    <AdminsOnly deed="keys" what={t("keysHelp")}>
      <p className="soft">{t("keysHelp")}</p>
      <ModeChoice mode={mode} onChange={setMode} />
      {mode === "test" && <p className="soft">{requestWords("testHelp")}</p>}
      <NewKey key={mode} mode={mode} />
      <KeyList mode={mode} />
    </AdminsOnly>
  );
}

function KeyList({ mode }: { mode: Mode }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const isThere = useIsThere(mode);
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.apiKeys, mode],
    enabled: isThere === true,
    queryFn: async () => (await answer(api.GET("/v1/api-keys", { params: { query: { limit: 100 } }, headers: headersOf(mode) }))).data,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/v1/api-keys/{key_id}", { params: { path: { key_id: id } }, headers: headersOf(mode) })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  const may = usePermission("members") === true;
  const day = (moment: string | null) => (moment ? dayOf(moment) : t("never"));
  if (isThere === false) return <NoTestMode />;
  return (
    <>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {revoke.error && <ErrorNotice error={revoke.error} />}
      {!data && !error && <SkeletonRows count={3} height={58} />}
      {data?.length === 0 && (
        <EmptyState title={t("keysEmpty")}>
          <p>{t("keysEmptyHelp")}</p>
        </EmptyState>
      )}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((key) => (
          <Row
            key={key.id}
            title={`${key.name} · ${key.prefix}…`}
            facts={t("keyFacts", {
              scopes: key.scopes.map((scope) => scopeWords(scope)).join(", "),
              used: day(key.last_used_at),
              made: day(key.created_at),
            })}
          >
            {mode === "live" && may && <KeyCaps keyId={key.id} />}
            {key.revoked_at ? (
              <span className="faint">{t("revokedOn", { day: day(key.revoked_at) })}</span>
            ) : (
              <SureButton
                words={t("revoke")}
                label={t("revokeKey", { name: key.name })}
                what={t("revokeKeyWhat")}
                busy={revoke.isPending && revoke.variables === key.id}
                onConfirm={() => revoke.mutate(key.id)}
              />
            )}
          </Row>
        ))}
      </ul>
    </>
  );
}

function NewKey({ mode }: { mode: Mode }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const mine = (useMe()?.scopes ?? []) as Scope[];
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["assets", "characters", "takes"]);
  const make = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), scopes };
      return answer(mode === "test" ? api.POST("/v1/test-keys", { body }) : api.POST("/v1/api-keys", { body }));
    },
    onSuccess: () => {
      setName("");
      void client.invalidateQueries({ queryKey: testModeKey });
      return client.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          className={styles.field}
          label={t("keyName")}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <MultiSelect
          className={styles.wide}
          label={t("scopes")}
          data={mine.map((scope) => ({ value: scope, label: scopeWords(scope) }))}
          value={scopes}
          onChange={(chosen) => setScopes(chosen as Scope[])}
        />
        <Button type="submit" disabled={!name.trim() || scopes.length === 0} loading={make.isPending}>
          {t("makeKey")}
        </Button>
      </form>
      {make.error && <ErrorNotice error={make.error} />}
      {make.data && <Secret words={t("keyOnce")} value={make.data.key} />}
    </>
  );
}

function scopeWords(scope: string): string {
  return i18next.getFixedT(null, "refusal")(`scopeNames.${scope as Scope}`, { defaultValue: scope });
}
