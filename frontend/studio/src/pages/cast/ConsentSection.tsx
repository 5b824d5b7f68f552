import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { usePermission } from "@/api/permissions";
import { dayOf } from "@/lib/dates";
import { say } from "@/lib/toasts";
import { Forbidden } from "@/components/Forbidden";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SureButton } from "@/components/SureButton";

import styles from "./Cast.module.css";
import { ConsentEvidence } from "./ConsentEvidence";
import { ConsentFields, consentOf, NO_CONSENT } from "./ConsentFields";
import { useCharacterEdits } from "./useCharacterEdits";

/** Who allows the use of this face, until when; revoked or renewed here. */
export function ConsentSection({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { revoke } = useCharacterEdits(character.id);
  const [renewing, setRenewing] = useState(false);
  const may = usePermission("change") !== false;
  const { consent } = character;
  return (
    <section className={styles.step} aria-label={t("consent")}>
      <h2 className={styles.stepTitle}>{t("consent")}</h2>
      {consent ? (
        <p>
          {t("consentBy", { kind: t(`kindsLong.${consent.kind as "own"}`), by: consent.by })}{" "}
          <span className="soft">
            {t("since", { day: dayOf(consent.granted_at) })}
            {consent.expires_at && ` · ${t("lasts", { day: dayOf(consent.expires_at) })}`}
            {consent.revoked_at && ` · ${t("revokedOn", { day: dayOf(consent.revoked_at) })}`}
          </span>
        </p>
      ) : (
        <p>{t("noConsent")}</p>
      )}
      {consent && <ConsentEvidence consent={consent} />}
      <p className="soft">{t("revokeWhat")}</p>
      {revoke.error && <ErrorNotice error={revoke.error} />}
      <Group mt="sm" gap="xs">
        {consent?.active && may && (
          <SureButton
            words={t("revoke")}
            label={t("revoke")}
            what={t("revokeWhat")}
            busy={revoke.isPending}
            onConfirm={() => revoke.mutate(undefined, { onSuccess: (told) => say(t("revoked", { count: told.blocked_takes.length })) })}
          />
        )}
        <Forbidden unless="change">
          <Button size="xs" variant="default" onClick={() => setRenewing(!renewing)} aria-expanded={renewing}>
            {t("renew")}
          </Button>
        </Forbidden>
      </Group>
      {renewing && <Renew character={character} onDone={() => setRenewing(false)} />}
    </section>
  );
}

function Renew({ character, onDone }: { character: Character; onDone: () => void }) {
  const { t } = useTranslation("cast");
  const { consent } = useCharacterEdits(character.id);
  const [draft, setDraft] = useState(NO_CONSENT);
  const given = consentOf(draft);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (given) consent.mutate(given, { onSuccess: onDone });
      }}
    >
      <ConsentFields draft={draft} onChange={setDraft} />
      {consent.error && <ErrorNotice error={consent.error} />}
      <Button type="submit" mt="sm" disabled={!given} loading={consent.isPending}>
        {t("record")}
      </Button>
    </form>
  );
}
