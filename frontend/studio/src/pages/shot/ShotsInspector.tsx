import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { boardOf, type Board } from "@/api/film";
import { modelsQuery } from "@/api/models";
import { usePermission } from "@/api/permissions";
import { Forbidden } from "@/components/Forbidden";
import { Skeleton } from "@/components/Skeleton";

import { alikeOf, common, differing } from "./alike";
import { FramingField } from "./FramingField";
import { PlateField } from "./PlateField";
import styles from "./ShotInspector.module.css";
import { TechnicalFields } from "./TechnicalFields";
import { useShotsChange } from "./useShotsChange";

const DirectionFields = lazy(() => import("./DirectionFields"));

/** What several shots ask for alike: each choice is one edit of all of them, and one undo. */
export default function ShotsInspector({ projectId, shotIds }: { projectId: string; shotIds: readonly string[] }) {
  const { t } = useTranslation("shot");
  const { data: board } = useQuery(boardOf(projectId));
  const { data: models = [] } = useQuery(modelsQuery);
  const change = useShotsChange(projectId);
  const may = usePermission("change") !== false;
  const shots = shotsIn(board, shotIds);
  const [first] = shots;
  if (!board || !first) return null;
  const shot = common(shots);
  const differ = differing(shots).map((field) => t(`alike.${field}`));
  return (
    <section className={styles.inspector} aria-label={t("several", { count: shots.length })}>
      <header className={styles.head}>
        <h2>{t("several", { count: shots.length })}</h2>
        <span className="faint">{t("oneEdit")}</span>
      </header>
      <p className="faint">{differ.length > 0 ? t("differ", { fields: differ.join(t("and")) }) : t("allAlike")}</p>
      <fieldset className={`bare ${styles.fields}`} disabled={!may}>
        <FramingField shot={shot} framing={first.staged.framing} onChange={(next) => change(shotIds, next)} />
        <Suspense fallback={<Skeleton height={120} />}>
          <DirectionFields shot={shot} several onChange={(next) => change(shotIds, next)} />
        </Suspense>
        <TechnicalFields shot={shot} aspect={board.project.aspect} models={models} several onChange={(next) => change(shotIds, next)} />
        <PlateField shot={shot} plate={first.staged.plate as typeof first.staged.plate} onChange={(next) => change(shotIds, next)} />
      </fieldset>
      <Forbidden unless="change">
        <Button variant="default" size="xs" mt="sm" mb="md" onClick={() => change(shotIds, alikeOf(first))}>
          {t("allLike", { number: first.number })}
        </Button>
      </Forbidden>
    </section>
  );
}

function shotsIn(board: Board | undefined, ids: readonly string[]) {
  return board?.scenes.flatMap((scene) => scene.shots).filter((shot) => ids.includes(shot.id)) ?? [];
}
