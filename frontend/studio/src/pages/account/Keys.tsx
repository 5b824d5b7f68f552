import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { useMe } from "@/api/me";
import { ErrorNotice } from "@/pieces/ErrorNotice";
import { SureButton } from "@/pieces/SureButton";

import styles from "./Account.module.css";
import { Row } from "./Row";
import { Secret } from "./Secret";

type Scope = Schemas["ApiKeyCreate"]["scopes"] extends (infer One)[] | undefined ? One : never;
const KEY = ["api-keys"];

/** API keys: made, shown once, revoked. */
export function Keys() {
  const { t, i18n } = useTranslation("account");
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: KEY, queryFn: () => answer(api.GET("/api-keys", { params: { query: { limit: 100 } } })) });
  const revoke = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/api-keys/{key_id}", { params: { path: { key_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
  const day = (moment: string | null) => (moment ? new Date(moment).toLocaleDateString(i18n.language) : t("never"));
  return (
    <>
      <p className="soft">{t("keysHelp")}</p>
      <NewKey />
      {(error ?? revoke.error) && <ErrorNotice error={error ?? revoke.error} />}
      <ul className={`bare ${styles.rows}`}>
        {data?.data.map((key) => (
          <Row
            key={key.id}
            title={`${key.name} · ${key.prefix}…`}
            facts={t("keyFacts", { scopes: key.scopes.join(", "), used: day(key.last_used_at), made: day(key.created_at) })}
          >
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

function NewKey() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const mine = (useMe()?.scopes ?? []) as Scope[];
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["assets", "characters", "takes"]);
  const make = useMutation({
    mutationFn: () => answer(api.POST("/api-keys", { body: { name: name.trim(), scopes } })),
    onSuccess: () => {
      setName("");
      return client.invalidateQueries({ queryKey: KEY });
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
        <TextInput label={t("keyName")} value={name} maxLength={200} onChange={(event) => setName(event.currentTarget.value)} />
        <MultiSelect label={t("scopes")} data={mine} value={scopes} onChange={(chosen) => setScopes(chosen as Scope[])} />
        <Button type="submit" disabled={!name.trim() || scopes.length === 0} loading={make.isPending}>
          {t("makeKey")}
        </Button>
      </form>
      {make.error && <ErrorNotice error={make.error} />}
      {make.data && <Secret words={t("keyOnce")} value={make.data.key} />}
    </>
  );
}
