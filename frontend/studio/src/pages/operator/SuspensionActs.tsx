import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";

import { ActDialog } from "./ActDialog";
import type { AccountDetail } from "./queries";

interface Props {
  orgId: string;
  of: AccountDetail;
  onClose: () => void;
}
const SHORTEST = 3;
const keyed = (orgId: string, key: string) => ({ path: { org_id: orgId }, header: { "Idempotency-Key": key } });

/** Nothing new from an organisation, until it is restored. */
export function Suspend({ orgId, of: account, onClose }: Props) {
  const { t } = useTranslation("operator");
  const me = useMe();
  const [contact, setContact] = useState(me?.person?.email ?? "");
  return (
    <ActDialog
      kind="suspend"
      title={t("suspendOf", { name: account.name })}
      isWhole={contact.trim().length >= SHORTEST}
      onClose={onClose}
      act={(words, key) =>
        answer(
          api.POST("/v1/operator/organisations/{org_id}/suspension", {
            params: keyed(orgId, key),
            body: { ...words, contact: contact.trim() },
          }),
        )
      }
    >
      <TextInput
        label={t("contact")}
        description={t("contactHelp")}
        required
        maxLength={200}
        value={contact}
        onChange={(event) => setContact(event.currentTarget.value)}
        data-autofocus
      />
    </ActDialog>
  );
}

/** It works again. */
export function Restore({ orgId, of: account, onClose }: Props) {
  const { t } = useTranslation("operator");
  return (
    <ActDialog
      kind="restore"
      title={t("restoreOf", { name: account.name })}
      onClose={onClose}
      act={(words, key) => answer(api.POST("/v1/operator/organisations/{org_id}/restoration", { params: keyed(orgId, key), body: words }))}
    />
  );
}
