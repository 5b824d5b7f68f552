import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "../Account.module.css";
import { Secret } from "../Secret";
import { endpointsQuery, eventTypesQuery } from "./queries";

const FIRST = ["video.*", "take.*"];

/** An endpoint to make; its secret is shown this once. */
export function NewEndpoint() {
  const { t } = useTranslation("webhooks");
  const client = useQueryClient();
  const { data: known } = useQuery(eventTypesQuery);
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [types, setTypes] = useState<string[]>(FIRST);
  const make = useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/webhook_endpoints", { body: { name: name.trim(), url: url.trim(), event_types: types } })),
    onSuccess: () => {
      setName("");
      setUrl("");
      return client.invalidateQueries({ queryKey: endpointsQuery.queryKey });
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
        <TextInput className={styles.field} label={t("name")} value={name} maxLength={200} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput
          className={styles.wide}
          label={t("url")}
          placeholder={t("urlHint")}
          type="url"
          value={url}
          maxLength={2000}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <MultiSelect className={styles.wide} label={t("events")} data={withGroups(known ?? [])} value={types} onChange={setTypes} />
        <Button type="submit" disabled={!name.trim() || !url.trim() || types.length === 0} loading={make.isPending}>
          {t("make")}
        </Button>
      </form>
      {make.error && <ErrorNotice error={make.error} />}
      {make.data && <Secret words={t("once")} value={make.data.signing_secret} />}
    </>
  );
}

/** Every event after its group. */
function withGroups(types: string[]): string[] {
  const groups = [...new Set([...FIRST, ...types.map((type) => `${type.split(".")[0]}.*`)])];
  return ["*", ...groups, ...types];
}
