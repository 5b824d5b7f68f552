import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { ErrorNotice } from "@/pieces/ErrorNotice";
import { SureButton } from "@/pieces/SureButton";

import styles from "./Account.module.css";
import { Row } from "./Row";
import { Secret } from "./Secret";

type Role = Schemas["MemberView"]["role"];
const ROLES: readonly Role[] = ["owner", "admin", "editor", "viewer"];
const MEMBERS = ["members"];
const INVITATIONS = ["invitations"];

/** Who belongs to the organisation, and who is invited. */
export function Members() {
  const { t, i18n } = useTranslation("account");
  const client = useQueryClient();
  const members = useQuery({ queryKey: MEMBERS, queryFn: async () => (await answer(api.GET("/members"))).data });
  const invitations = useQuery({ queryKey: INVITATIONS, queryFn: async () => (await answer(api.GET("/invitations"))).data });
  const edit = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: MEMBERS });
      void client.invalidateQueries({ queryKey: INVITATIONS });
    },
  });
  const day = (moment: string) => new Date(moment).toLocaleDateString(i18n.language);
  const member = (id: string) => ({ params: { path: { member_id: id } } });
  const error = members.error ?? edit.error ?? invitations.error;
  return (
    <>
      <Invite />
      {error && <ErrorNotice error={error} />}
      <ul className={`bare ${styles.rows}`}>
        {members.data?.map((one) => (
          <Row key={one.id} title={one.name} facts={`${one.email ?? t("noEmail")} · ${t("since", { day: day(one.joined_at) })}`}>
            <Select
              aria-label={t("roleOf", { name: one.name })}
              size="xs"
              w={130}
              data={ROLES.map((role) => ({ value: role, label: t(`roles.${role}`) }))}
              value={one.role}
              allowDeselect={false}
              onChange={(role) =>
                role && edit.mutate(() => answer(api.PATCH("/members/{member_id}", { ...member(one.id), body: { role: role as Role } })))
              }
            />
            <SureButton
              words={t("remove")}
              label={t("removeMember", { name: one.name })}
              what={t("removeMemberWhat")}
              busy={false}
              onConfirm={() => edit.mutate(() => answer(api.DELETE("/members/{member_id}", member(one.id))))}
            />
          </Row>
        ))}
        {invitations.data?.map((one) => (
          <Row key={one.id} title={one.email} facts={t("invited", { role: t(`roles.${one.role}`), day: day(one.expires_at) })}>
            <Button
              size="xs"
              variant="default"
              aria-label={t("withdrawFrom", { email: one.email })}
              onClick={() => edit.mutate(() => answer(api.DELETE("/invitations/{invitation_id}", { params: { path: { invitation_id: one.id } } })))}
            >
              {t("withdraw")}
            </Button>
          </Row>
        ))}
      </ul>
    </>
  );
}

function Invite() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const invite = useMutation({
    mutationFn: () => answer(api.POST("/invitations", { body: { email, role } })),
    onSuccess: () => {
      setEmail("");
      return client.invalidateQueries({ queryKey: INVITATIONS });
    },
  });
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <TextInput label={t("inviteEmail")} type="email" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
        <Select
          label={t("role")}
          data={ROLES.map((one) => ({ value: one, label: t(`roles.${one}`) }))}
          value={role}
          allowDeselect={false}
          onChange={(chosen) => chosen && setRole(chosen as Role)}
        />
        <Button type="submit" loading={invite.isPending}>
          {t("invite")}
        </Button>
      </form>
      {invite.error && <ErrorNotice error={invite.error} />}
      {invite.data && <Secret words={t("inviteOnce", { email: invite.data.email })} value={invite.data.url} />}
    </>
  );
}
