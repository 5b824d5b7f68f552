import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { usePlace } from "@/lib/crumbs";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";

/** A link for a new password, by e-mail. */
export function ForgottenPage() {
  const { t } = useTranslation("entry");
  const [email, setEmail] = useState("");
  const ask = useMutation({
    mutationFn: () => answer(api.POST("/v1/password-resets", { body: { email, language: i18next.language === "zh" ? "zh" : "en" } })),
  });
  usePlace([{ words: t("forgotten") }]);
  return (
    <EntryCard title={t("forgotten")}>
      <p className="soft">{t("forgottenHelp")}</p>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <TextInput label={t("email")} type="email" name="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
        {ask.error && <ErrorNotice error={ask.error} />}
        <Button type="submit" loading={ask.isPending}>
          {t("mailLink")}
        </Button>
      </form>
      {ask.isSuccess && <p role="status">{t("linkMailed", { email })}</p>}
      <p className={styles.other}>
        <a href="/sign-in">{t("signIn")}</a>
      </p>
    </EntryCard>
  );
}
