import { ActionIcon, Button, FileButton, Stack, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";
import { useDraft } from "@/lib/drafts";
import { uploadFile } from "@/lib/uploads";
import { ErrorNotice } from "@/pieces/ErrorNotice";

import styles from "./Cast.module.css";
import { useCharacterEdits } from "./useCharacterEdits";

const EMPTY = { name: "", wardrobe: "", hair: "", props: "", picture: "" };
const PARTS = ["wardrobe", "hair", "props"] as const;

/** What the character wears and carries, apart from who it is. */
export function Looks({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { removeLook } = useCharacterEdits(character.id);
  const path = { character_id: character.id };
  const { data: looks = [] } = useQuery({
    queryKey: keys.looks(character.id),
    queryFn: async () => (await answer(api.GET("/characters/{character_id}/looks", { params: { path } }))).data,
  });
  return (
    <section className={styles.step} aria-label={t("looks")}>
      <h2 className={styles.stepTitle}>{t("looks")}</h2>
      <p className="soft">{t("looksHelp")}</p>
      <ul className={`bare ${styles.looks}`}>
        {looks.map((look) => (
          <li key={look.id} className={styles.look}>
            <strong>{look.name}</strong>
            <ActionIcon variant="subtle" color="gray" aria-label={t("lookDelete", { name: look.name })} onClick={() => removeLook.mutate(look.id)}>
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
            <span className="soft">{PARTS.map((part) => look[part]).filter(Boolean).join(" · ")}</span>
            {look.picture_url && <img src={look.picture_url} alt="" height={56} />}
          </li>
        ))}
      </ul>
      {removeLook.error && <ErrorNotice error={removeLook.error} />}
      <NewLook characterId={character.id} />
    </section>
  );
}

function NewLook({ characterId }: { characterId: string }) {
  const { t } = useTranslation("cast");
  const { addLook } = useCharacterEdits(characterId);
  const draft = useDraft(`look.${characterId}`, EMPTY);
  const look = draft.value;
  const sending = useMutation({
    mutationFn: (file: File) => uploadFile(file, "photo"),
    onSuccess: (asset) => draft.set({ ...look, picture: asset.id }),
  });
  const { name, wardrobe, hair, props, picture } = look;
  const says = wardrobe || hair || props || picture;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        addLook.mutate({ name: name.trim(), wardrobe, hair, props, picture_asset_id: picture || null }, { onSuccess: draft.drop });
      }}
    >
      <Stack gap="xs" mt="md">
        <TextInput label={t("lookName")} value={name} maxLength={80} onChange={(event) => draft.set({ ...look, name: event.currentTarget.value })} />
        {PARTS.map((part) => (
          <TextInput
            key={part}
            label={t(`lookParts.${part}`)}
            value={look[part]}
            onChange={(event) => draft.set({ ...look, [part]: event.currentTarget.value })}
          />
        ))}
        <FileButton accept="image/*" onChange={(file) => file && sending.mutate(file)}>
          {(button) => (
            <Button {...button} variant="default" size="xs" loading={sending.isPending} style={{ alignSelf: "flex-start" }}>
              {t(picture ? "lookPictureSent" : "lookPicture")}
            </Button>
          )}
        </FileButton>
        {(addLook.error ?? sending.error) && <ErrorNotice error={addLook.error ?? sending.error} />}
        <Button type="submit" variant="default" disabled={!name.trim() || !says} loading={addLook.isPending}>
          {t("lookAdd")}
        </Button>
      </Stack>
    </form>
  );
}
