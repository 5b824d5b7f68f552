import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import type { Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Cast.module.css";
import { PhotoDrop } from "./PhotoDrop";
import { useCharacterEdits } from "./useCharacterEdits";
import { useComparison } from "./useComparison";
import { isUsable, referencesOf, usePhotos } from "./usePhotos";

/** More photos of a character: judged against those that there are, then added. Fetched after what there is. */
export default function MorePhotos({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { addPhotos } = useCharacterEdits(character.id);
  const state = usePhotos(`character.${character.id}`);
  const { photos, busy } = useComparison(state.photos, character.consent?.active ? { characterId: character.id } : null);
  const ready = !busy && photos.length > 0 && photos.every(isUsable);
  const add = () =>
    addPhotos.mutate(referencesOf(state.photos), {
      onSuccess: state.release,
      onError: (error) => {
        if (error instanceof Problem && Array.isArray(error.body.photos)) state.judge(error.body.photos as Schemas["PhotoView"][]);
      },
    });
  return (
    <>
      <h3 className={styles.stepTitle}>{t("morePhotos")}</h3>
      <PhotoDrop state={state} photos={photos} />
      {addPhotos.error && <ErrorNotice error={addPhotos.error} />}
      {state.photos.length > 0 && (
        <Button mt="sm" disabled={!ready} loading={addPhotos.isPending} onClick={add}>
          {t("addPhotos")}
        </Button>
      )}
    </>
  );
}
