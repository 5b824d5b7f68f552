import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import { fieldRefusals, Problem } from "@/api/problem";
import { keys } from "@/api/queries";
import { say } from "@/lib/toasts";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PasswordField } from "@/components/PasswordField";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Account.module.css";

/** One's own password. Who signs in another way has none, and is told how they do. */
export function Password() {
  const { t } = useTranslation("account");
  const me = useMe();
  if (!me) return <SkeletonRows count={2} height={58} />;
  if (me.person?.has_password) return <Change email={me.person.email ?? ""} />;
  return (
    <EmptyState title={t("noPassword")}>
      <p>{t("noPasswordHelp")}</p>
    </EmptyState>
  );
}

const EMPTY = { current: "", fresh: "" };

function Change({ email }: { email: string }) {
  const { t } = useTranslation("account");
  const { t: entry } = useTranslation("entry");
  const client = useQueryClient();
  const [typed, setTyped] = useState(EMPTY);
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/v1/me/password", { body: typed })),
    onSuccess: () => {
      setTyped(EMPTY);
      say(t("passwordChanged"), { tone: "good" });
      return client.invalidateQueries({ queryKey: keys.sessions });
    },
  });
  const { error } = change;
  const wrong = error instanceof Problem && error.code === "sign_in_refused" ? t("passwordWrong") : undefined;
  const unfit = fieldRefusals(error).fresh && t("passwordUnfit");
  return (
    <form
      className={styles.column}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <p className="soft">{t("passwordHelp")}</p>
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={t("passwordNow")}
        name="current"
        autoComplete="current-password"
        value={typed.current}
        error={wrong}
        onChange={(event) => setTyped({ ...typed, current: event.currentTarget.value })}
      />
      <PasswordField
        label={t("passwordNew")}
        description={entry("passwordHint")}
        name="fresh"
        autoComplete="new-password"
        value={typed.fresh}
        error={unfit}
        onChange={(event) => setTyped({ ...typed, fresh: event.currentTarget.value })}
      />
      {error && !wrong && !unfit && <ErrorNotice error={error} />}
      <Button type="submit" loading={change.isPending}>
        {t("passwordChange")}
      </Button>
    </form>
  );
}
