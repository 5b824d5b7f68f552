import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { goTo } from "@/api/me";
import { usePlace } from "@/lib/crumbs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import styles from "./Entry.module.css";
import { EntryCard } from "./EntryCard";
import { NewPerson, type Newcomer } from "./NewPerson";
import { OidcButton } from "./OidcButton";
import { useSignUp } from "./SignUpPage";

/** An invitation's link: join as who one is, or as somebody new. */
export function JoinPage() {
  const { t } = useTranslation("entry");
  const { searchStr } = useLocation();
  const token = new URLSearchParams(searchStr).get("token") ?? "";
  const { data: offer, error } = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => answer(api.POST("/v1/invitations/inspect", { body: { token } })),
    retry: false,
  });
  usePlace([{ words: t("join") }]);
  return (
    <EntryCard title={offer ? t("joinName", { organisation: offer.organisation }) : t("join")}>
      {error && <ErrorNotice error={error} />}
      {!offer && !error && <Skeleton height={160} />}
      {offer && <p className="soft">{t("invitedAs", { role: t(`roles.${offer.role}`), email: offer.email })}</p>}
      {offer?.signed_in_as && <AsMyself name={offer.signed_in_as} token={token} />}
      {offer && !offer.signed_in_as && <AsSomebodyNew offer={offer} token={token} />}
    </EntryCard>
  );
}

function AsMyself({ name, token }: { name: string; token: string }) {
  const { t } = useTranslation("entry");
  const accept = useMutation({
    mutationFn: () => answer(api.POST("/v1/invitations/accept", { body: { token } })),
    onSuccess: () => goTo("/"),
  });
  return (
    <>
      {accept.error && <ErrorNotice error={accept.error} />}
      <Button loading={accept.isPending} onClick={() => accept.mutate()}>
        {t("joinAs", { name })}
      </Button>
    </>
  );
}

function AsSomebodyNew({ offer, token }: { offer: Schemas["InvitationOffer"]; token: string }) {
  const { t } = useTranslation("entry");
  const [person, setPerson] = useState<Newcomer>({ name: "", email: offer.email, password: "" });
  const join = useSignUp("/");
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          join.mutate({ ...person, email: offer.email, invitation: token });
        }}
      >
        <NewPerson person={person} onChange={setPerson} invited={offer.email} />
        {join.error && <ErrorNotice error={join.error} />}
        <Button type="submit" loading={join.isPending}>
          {t("join")}
        </Button>
      </form>
      <OidcButton words="joinWith" invitation={token} />
      <p className={styles.other}>
        {t("alreadyHere")} <a href={`/sign-in?next=${encodeURIComponent(`/join?token=${token}`)}`}>{t("signInFirst")}</a>
      </p>
    </>
  );
}
