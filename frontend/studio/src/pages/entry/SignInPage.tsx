import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { goTo } from "@/api/me";
import { usePlace } from "@/lib/crumbs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PasswordField } from "@/components/PasswordField";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";
import { OidcButton, useSignInOptions } from "./OidcButton";
import { useNext, useRefusal } from "./useNext";

export function SignInPage() {
  const { t } = useTranslation("entry");
  const { data: options } = useSignInOptions();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { next, keeping } = useNext();
  const refusal = useRefusal();
  const enter = useMutation({
    mutationFn: () => answer(api.POST("/v1/sessions", { body: { email, password } })),
    onSuccess: () => goTo(next),
  });
  usePlace([{ words: t("signIn") }]);
  return (
    <EntryCard title={t("signIn")}>
      {refusal && <ErrorNotice error={refusal} />}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <TextInput
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordField
          label={t("password")}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {enter.error && <ErrorNotice error={enter.error} />}
        <Button type="submit" loading={enter.isPending}>
          {t("signIn")}
        </Button>
      </form>
      {options?.mail && (
        <p className={styles.other}>
          <a href="/forgotten">{t("forgotten")}</a>
        </p>
      )}
      <OidcButton words="signInWith" next={next} />
      {options?.sign_up && (
        <p className={styles.other}>
          {t("newHere")} <a href={keeping("/sign-up")}>{t("signUp")}</a>
        </p>
      )}
      <p className={styles.other}>{t("localHint")}</p>
    </EntryCard>
  );
}
