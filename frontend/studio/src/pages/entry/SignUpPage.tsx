import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { goTo } from "@/api/me";
import { usePlace } from "@/lib/crumbs";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";
import { NewPerson, type Newcomer } from "./NewPerson";
import { OidcButton, useSignInOptions } from "./OidcButton";
import { useNext } from "./useNext";

/** Sign up and go to a path of the studio; the answer carries the session. */
export function useSignUp(next: string) {
  return useMutation({
    mutationFn: (body: Schemas["SignUp"]) => answer(api.POST("/v1/people", { body })),
    onSuccess: () => goTo(next),
  });
}

export function SignUpPage() {
  const { t } = useTranslation("entry");
  const { next, keeping } = useNext();
  const closed = useSignInOptions().data?.sign_up === false;
  usePlace([{ words: t("signUp") }]);
  return (
    <EntryCard title={t("signUp")}>
      {closed ? <p className="soft">{t("signUpClosed")}</p> : <SignUpForm next={next} />}
      {!closed && <OidcButton words="signUpWith" next={next} />}
      <p className={styles.other}>
        {t("knownHere")} <a href={keeping("/sign-in")}>{t("signIn")}</a>
      </p>
    </EntryCard>
  );
}

function SignUpForm({ next }: { next: string }) {
  const { t } = useTranslation("entry");
  const [person, setPerson] = useState<Newcomer>({ name: "", email: "", password: "", organisation: "" });
  const join = useSignUp(next);
  return (
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
  );
}
