import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PasswordField } from "@/components/PasswordField";
import { usePlace } from "@/lib/crumbs";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";

/** Where the link of such a mail leads: a password is chosen, once. */
export function NewPasswordPage() {
  const { t } = useTranslation("entry");
  const { searchStr } = useLocation();
  const token = new URLSearchParams(searchStr).get("token") ?? "";
  const [password, setPassword] = useState("");
  const choose = useMutation({
    mutationFn: () => answer(api.POST("/v1/password-resets/use", { body: { token, password } })),
  });
  usePlace([{ words: t("newPassword") }]);
  return (
    <EntryCard title={t("newPassword")}>
      {choose.isSuccess ? (
        <p role="status">{t("passwordChosen")}</p>
      ) : (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            choose.mutate();
          }}
        >
          <p className="soft">{t("newPasswordHelp")}</p>
          <PasswordField
            label={t("password")}
            description={t("passwordHint")}
            name="password"
            autoComplete="new-password"
            minLength={10}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {choose.error && <ErrorNotice error={choose.error} />}
          <Button type="submit" loading={choose.isPending}>
            {t("choosePassword")}
          </Button>
        </form>
      )}
      <p className={styles.other}>
        <a href="/sign-in">{t("signIn")}</a>
      </p>
    </EntryCard>
  );
}
