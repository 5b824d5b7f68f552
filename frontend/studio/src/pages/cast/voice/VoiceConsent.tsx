import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api, type Schemas } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";
import { SureButton } from "@/components/SureButton";
import { dayOf } from "@/lib/dates";
import { say } from "@/lib/toasts";

import { ConsentEvidence } from "../ConsentEvidence";
import { ConsentFields, consentOf, NO_CONSENT } from "../ConsentFields";
import styles from "./Voice.module.css";

/** Who allows recordings of this voice, until when: recorded, renewed and revoked beside the face's own consent. */
export function VoiceConsent({ character }: { character: Character }) {
  const { t } = useTranslation("speech");
  const { t: cast } = useTranslation("cast");
  const { grant, revoke } = useVoiceConsent(character.id);
  const [renewing, setRenewing] = useState(false);
  const [draft, setDraft] = useState(NO_CONSENT);
  const may = usePermission("change") !== false;
  const { consent } = character.voice;
  const given = consentOf(draft);
  return (
    <section aria-label={t("voiceConsent")} className={styles.consent}>
      <h3>{t("voiceConsent")}</h3>
      <p className="soft">{t("voiceConsentWhat")}</p>
      <p>
        {consent
          ? `${consent.by} · ${cast("since", { day: dayOf(consent.granted_at) })}${consent.expires_at ? ` · ${cast("lasts", { day: dayOf(consent.expires_at) })}` : ""}${consent.revoked_at ? ` · ${cast("revokedOn", { day: dayOf(consent.revoked_at) })}` : ""}`
          : t("noVoiceConsent")}
      </p>
      {consent && <ConsentEvidence consent={consent} />}
      {(revoke.error ?? grant.error) && <ErrorNotice error={revoke.error ?? grant.error} />}
      <Group mt="sm" gap="xs">
        {consent?.active && may && (
          <SureButton
            words={t("voiceRevoke")}
            label={t("voiceRevoke")}
            what={t("voiceRevokeWhat")}
            busy={revoke.isPending}
            onConfirm={() => revoke.mutate(undefined, { onSuccess: (told) => say(cast("revoked", { count: told.blocked_takes.length })) })}
          />
        )}
        <Forbidden unless="change">
          <Button size="xs" variant="default" onClick={() => setRenewing(!renewing)} aria-expanded={renewing}>
            {t("voiceRenew")}
          </Button>
        </Forbidden>
      </Group>
      {renewing && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (given) grant.mutate(given, { onSuccess: () => setRenewing(false) });
          }}
        >
          <ConsentFields draft={draft} onChange={setDraft} of="voice" />
          <Button type="submit" mt="sm" disabled={!given} loading={grant.isPending}>
            {cast("record")}
          </Button>
        </form>
      )}
    </section>
  );
}

function useVoiceConsent(characterId: string) {
  const client = useQueryClient();
  const path = { character_id: characterId };
  const onSuccess = () => {
    void client.invalidateQueries({ queryKey: keys.character(characterId) });
    void client.invalidateQueries({ queryKey: keys.characters });
  };
  return {
    grant: useMutation({
      mutationFn: (body: Schemas["ConsentGiven"]) => answer(api.POST("/v1/characters/{character_id}/voice/consents", { params: { path }, body })),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: () => answer(api.POST("/v1/characters/{character_id}/voice/consents/revoke", { params: { path } })),
      onSuccess,
    }),
  };
}
