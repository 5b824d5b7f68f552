import { ActionIcon, Button } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import type { Schemas } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { Problem } from "@/api/problem";
import { SafePicture } from "@/components/PictureFrame";
import { ErrorNotice } from "@/components/ErrorNotice";

import styles from "./Cast.module.css";
import { PhotoDrop } from "./PhotoDrop";
import { useCharacterEdits } from "./useCharacterEdits";
import { useComparison } from "./useComparison";
import { isUsable, referencesOf, usePhotos } from "./usePhotos";

/** The photos that the identity is made of, each with its share; more can be added, any but the last taken away. */
export function References({ character }: { character: Character }) {
  const { t } = useTranslation("cast");
  const { removePhoto } = useCharacterEdits(character.id);
  const may = usePermission("change") !== false;
  return (
    <section className={styles.step} aria-label={t("photos")}>
      <h2 className={styles.stepTitle}>{t("photos")}</h2>
      <ul className={`bare ${styles.photos}`}>
        {character.references.map((reference, at) => (
          <li key={reference.asset_id} className={styles.reference}>
            <SafePicture src={reference.url} alt={t("photoNumber", { number: at + 1 })} />
            {may && character.references.length > 1 && (
              <ActionIcon
                className={styles.remove}
                variant="filled"
                color="dark"
                aria-label={t("removePhoto", { name: t("photoNumber", { number: at + 1 }) })}
                loading={removePhoto.isPending && removePhoto.variables === reference.asset_id}
                onClick={() => removePhoto.mutate(reference.asset_id)}
              >
                <IconX size={15} aria-hidden />
              </ActionIcon>
            )}
            <span className="faint">{t(reference.duplicate_of ? "duplicate" : "weight", { share: Math.round(100 * reference.weight) })}</span>
          </li>
        ))}
      </ul>
      {removePhoto.error && <ErrorNotice error={removePhoto.error} />}
      {may && <MorePhotos character={character} />}
    </section>
  );
}

function MorePhotos({ character }: { character: Character }) {
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
