import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import { fieldRefusals } from "@/api/problem";
import { keys } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Account.module.css";
import { rolesBelow, type Role } from "./members";
import { Secret } from "./Secret";

/** Invite somebody: by e-mail where the studio sends any, and by a link that is handed over. */
export function Invite() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const within = rolesBelow(useMe()?.role);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const invite = useMutation({
    mutationFn: () => answer(api.POST("/v1/invitations", { body: { email, role, language: i18next.language === "zh" ? "zh" : "en" } })),
    onSuccess: () => {
      setEmail("");
      return client.invalidateQueries({ queryKey: keys.invitations });
    },
  });
  const unfit = fieldRefusals(invite.error).email && t("emailUnfit");
  return (
    <>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <TextInput
          className={styles.field}
          label={t("inviteEmail")}
          type="email"
          required
          value={email}
          error={unfit}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Select
          label={t("role")}
          data={within.map((one) => ({ value: one, label: t(`roles.${one}`) }))}
          value={role}
          allowDeselect={false}
          onChange={(chosen) => chosen && setRole(chosen as Role)}
        />
        <Button type="submit" loading={invite.isPending}>
          {t("invite")}
        </Button>
      </form>
      {invite.error && !unfit && <ErrorNotice error={invite.error} />}
      {invite.data && <Secret words={t(invite.data.mailed ? "inviteMailed" : "inviteOnce", { email: invite.data.email })} value={invite.data.url} />}
    </>
  );
}
