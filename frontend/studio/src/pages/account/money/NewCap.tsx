import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "../Account.module.css";
import { capsQuery, PERIODS, SCOPES, useSpenders, type Cap, type Scope } from "./queries";

/** Whose spending, in which time, up to how much. */
export function NewCap() {
  const { t } = useTranslation("money");
  const client = useQueryClient();
  const spenders = useSpenders();
  const [scope, setScope] = useState<Scope>("organisation");
  const [subject, setSubject] = useState<string | null>(null);
  const [period, setPeriod] = useState<Cap["period"]>("month");
  const [limit, setLimit] = useState<number | string>("");
  const make = useMutation({
    mutationFn: () => answer(api.POST("/v1/billing/caps", { body: { scope, subject_id: subject, period, limit: Number(limit) } })),
    onSuccess: () => {
      setLimit("");
      return client.invalidateQueries({ queryKey: capsQuery.queryKey });
    },
  });
  const ready = limit !== "" && (scope === "organisation" || subject !== null);
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Select
          label={t("whose")}
          data={SCOPES.map((value) => ({ value, label: t(`scopes.${value}`) }))}
          value={scope}
          allowDeselect={false}
          onChange={(value) => {
            setScope(value as Scope);
            setSubject(null);
          }}
        />
        {scope !== "organisation" && (
          <Select
            label={t(`which.${scope}`)}
            data={spenders[scope].map(({ id, name }) => ({ value: id, label: name }))}
            value={subject}
            onChange={setSubject}
            searchable
          />
        )}
        <Select
          label={t("period")}
          data={PERIODS.map((value) => ({ value, label: t(`periods.${value}`) }))}
          value={period}
          allowDeselect={false}
          onChange={(value) => setPeriod(value as Cap["period"])}
        />
        <NumberInput label={t("limit")} value={limit} onChange={setLimit} min={0} max={1_000_000_000} decimalScale={6} />
        <Button type="submit" disabled={!ready} loading={make.isPending}>
          {t("setCap")}
        </Button>
      </form>
      {make.error && <ErrorNotice error={make.error} />}
    </>
  );
}
