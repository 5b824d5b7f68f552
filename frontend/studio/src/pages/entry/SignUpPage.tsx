import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { goTo } from "@/api/me";
import { usePlace } from "@/lib/crumbs";
import { ErrorNotice } from "@/pieces/ErrorNotice";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";
import { NewPerson, type Newcomer } from "./NewPerson";

/** Sign up; the answer carries the session. */
export function useSignUp() {
  return useMutation({
    mutationFn: (body: Schemas["SignUp"]) => answer(api.POST("/people", { body })),
    onSuccess: () => goTo("/"),
  });
}

export function SignUpPage() {
  const { t } = useTranslation("entry");
  const [person, setPerson] = useState<Newcomer>({ name: "", email: "", password: "", organisation: "" });
  const join = useSignUp();
  usePlace([{ words: t("signUp") }]);
  return (
    <EntryCard title={t("signUp")}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          join.mutate(person);
        }}
      >
        <NewPerson person={person} onChange={setPerson} />
        {join.error && <ErrorNotice error={join.error} />}
        <Button type="submit" loading={join.isPending}>
          {t("signUp")}
        </Button>
      </form>
      <p className={styles.other}>
        {t("knownHere")} <Link to={"/sign-in" as "/"}>{t("signIn")}</Link>
      </p>
    </EntryCard>
  );
}
