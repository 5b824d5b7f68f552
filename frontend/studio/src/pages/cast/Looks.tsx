import { ActionIcon, Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { useDraft } from "@/lib/drafts";
import { eraseUpload } from "@/lib/uploads";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SureButton } from "@/components/SureButton";

import styles from "./Cast.module.css";
import { LookFields } from "./LookFields";
import { bodyOf, draftOf, NO_LOOK, PARTS, saysSomething, type Look } from "./lookDraft";
import { useCharacterEdits } from "./useCharacterEdits";
import { useLookChange } from "./useLookChange";

/** What the character wears and carries, apart from who it is. */
export function Looks({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const may = usePermission("change") !== false;
  const path = { character_id: character.id };
  const { data: looks = [] } = useQuery({
    queryKey: keys.looks(character.id),
    queryFn: async () => (await answer(api.GET("/v1/characters/{character_id}/looks", { params: { path } }))).data,
  });
  return (
    <section className={styles.step} aria-label={t("looks")}>
      <h2 className={styles.stepTitle}>{t("looks")}</h2>
      <p className="soft">{t("looksHelp")}</p>
      <ul className={`bare ${styles.looks}`}>
        {looks.map((look) => (
          <LookRow key={look.id} look={look} may={may} />
        ))}
      </ul>
      {may && <NewLook characterId={character.id} />}
    </section>
  );
}

function LookRow({ look, may }: { look: Look; may: boolean }) {
  const { t } = useTranslation("cast");
  const draft = useDraft(`look.${look.id}`, draftOf(look));
  const [editing, setEditing] = useState(draft.changed);
  if (may && editing) return <EditedLook look={look} draft={draft} onDone={() => setEditing(false)} />;
  return (
    <li className={styles.look}>
      <strong>{look.name}</strong>
      {may && (
        <ActionIcon variant="subtle" color="gray" aria-label={t("lookEdit", { name: look.name })} onClick={() => setEditing(true)}>
          <IconPencil size={15} aria-hidden />
        </ActionIcon>
      )}
      <span className="soft">{PARTS.map((part) => look[part]).filter(Boolean).join(" · ")}</span>
      {look.picture_url && <img src={look.picture_url} alt="" height={56} />}
    </li>
  );
}

/** A look while it is changed: kept over a reload until it is saved or given up; a saved change can be taken back. */
function EditedLook({ look, draft, onDone }: { look: Look; draft: ReturnType<typeof useDraft<typeof NO_LOOK>>; onDone: () => void }) {
  const { t } = useTranslation("cast");
  const { t: common } = useTranslation("common");
  const { removeLook } = useCharacterEdits(look.character_id);
  const change = useLookChange(look);
  const close = () => {
    draft.drop();
    onDone();
  };
  const giveUp = () => {
    const { picture } = draft.value;
    if (picture && picture !== look.picture_asset_id) eraseUpload(picture);
    close();
  };
  return (
    <li className={styles.lookEdited}>
      <form
        aria-label={t("lookEdit", { name: look.name })}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(draft.value, { onSuccess: close });
        }}
      >
        <LookFields value={draft.value} saved={look} onChange={draft.set} />
        {(change.error ?? removeLook.error) && <ErrorNotice error={change.error ?? removeLook.error} />}
        <div className={styles.lookActions}>
          <Button type="submit" size="xs" disabled={!draft.changed || !saysSomething(draft.value)} loading={change.isPending}>
            {common("save")}
          </Button>
          <Button size="xs" variant="default" onClick={giveUp}>
            {common("cancel")}
          </Button>
          <SureButton
            words={common("delete")}
            label={t("lookDelete", { name: look.name })}
            what={t("lookDeleteWhat")}
            busy={removeLook.isPending}
            onConfirm={() => removeLook.mutate(look.id, { onSuccess: draft.drop })}
          />
        </div>
      </form>
    </li>
  );
}

function NewLook({ characterId }: { characterId: string }) {
  const { t } = useTranslation("cast");
  const { addLook } = useCharacterEdits(characterId);
  const draft = useDraft(`look.${characterId}`, NO_LOOK);
  return (
    <form
      aria-label={t("lookAdd")}
      onSubmit={(event) => {
        event.preventDefault();
        addLook.mutate(bodyOf(draft.value), { onSuccess: draft.drop });
      }}
    >
      <LookFields value={draft.value} onChange={draft.set} />
      {addLook.error && <ErrorNotice error={addLook.error} />}
      <Button type="submit" mt="xs" variant="default" disabled={!saysSomething(draft.value)} loading={addLook.isPending}>
        {t("lookAdd")}
      </Button>
    </form>
  );
}
