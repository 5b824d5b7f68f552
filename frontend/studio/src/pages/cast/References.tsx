import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { usePermission } from "@/api/permissions";
import { SafePicture } from "@/components/PictureFrame";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

import styles from "./Cast.module.css";
import { useCharacterEdits } from "./useCharacterEdits";

const MorePhotos = lazy(() => import("./MorePhotos"));

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
      {may && (
        <Suspense fallback={<Skeleton height={190} />}>
          <MorePhotos character={character} />
        </Suspense>
      )}
    </section>
  );
}
