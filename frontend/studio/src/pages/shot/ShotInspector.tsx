import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { boardOf, useShot, type Board, type Shot } from "@/api/film";
import { modelsQuery } from "@/api/models";
import { usePermission } from "@/api/permissions";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";
import { Skeleton } from "@/components/Skeleton";
import { useChangedWords } from "@/components/useChangedWords";

import { alikeOf } from "./alike";
import { FramingField } from "./FramingField";
import { KeyframesField } from "./KeyframesField";
import { PlateField } from "./PlateField";
import { PromptField } from "./PromptField";
import { PromptNotes } from "./PromptNotes";
import { RenderBar } from "./RenderBar";
import styles from "./ShotInspector.module.css";
import { StagingField } from "./StagingField";
import { TechnicalFields } from "./TechnicalFields";
import { useSetting } from "./useSetting";
import { useShotEdit, type ShotEdit } from "./useShotEdit";
import { useShotsChange } from "./useShotsChange";

const DirectionFields = lazy(() => import("./DirectionFields"));
const Acting = lazy(async () => ({ default: (await import("@/pages/later")).Acting }));
const OwnLook = lazy(async () => ({ default: (await import("@/pages/later")).OwnLook }));
const LinesField = lazy(async () => ({ default: (await import("@/pages/later")).LinesField }));

/** Everything that one shot asks for; saved as it is typed. */
export default function ShotInspector({ projectId, shotId }: { projectId: string; shotId: string }) {
  const { t } = useTranslation("shot");
  const shot = useShot(projectId, shotId);
  if (shot === undefined) return <Skeleton height={420} />;
  if (shot === null) return <p className="faint">{t("goneShot")}</p>;
  return <Fields key={shot.id} projectId={projectId} saved={shot} />;
}

function Fields({ projectId, saved }: { projectId: string; saved: Shot }) {
  const { t } = useTranslation("shot");
  const { t: shell } = useTranslation("shell");
  const edit = useShotEdit(projectId, saved);
  const { shot, change } = edit;
  const { data: aspect = "16:9" } = useQuery({ ...boardOf(projectId), select: (board) => board.project.aspect });
  const { data: models = [] } = useQuery(modelsQuery);
  const may = usePermission("change") !== false;
  const model = models.find((one) => one.name === shot.model);
  const setting = useSetting(projectId, shot.scene_id);
  return (
    <section className={styles.inspector} aria-label={t("inspector", { number: shot.number })}>
      <header className={styles.head}>
        <h2>{shot.number}</h2>
        <span className="faint">{may ? t(edit.error ? "notSaved" : "savedAsYouType") : shell("viewing")}</span>
      </header>
      {edit.error != null && <ErrorNotice error={edit.error} onRetry={() => void edit.settle().catch(() => undefined)} />}
      <fieldset className={`bare ${styles.fields}`} disabled={!may}>
        <PromptField shot={shot} most={model?.max_characters ?? 3} onChange={change} />
        <PromptNotes shot={shot} models={models} onChange={change} />
        <Suspense fallback={null}>
          <Acting shot={shot} />
        </Suspense>
        <Suspense fallback={<Skeleton height={60} />}>
          <LinesField projectId={projectId} shot={shot} onChange={change} />
        </Suspense>
        <StagingField shot={shot} most={model?.max_characters ?? 3} onChange={change} />
        <FramingField shot={shot} framing={setting?.framing} onChange={change} />
        <Suspense fallback={<Skeleton height={120} />}>
          <DirectionFields shot={shot} onChange={change} />
        </Suspense>
        <TechnicalFields shot={shot} aspect={aspect} models={models} onChange={change} />
        <PlateField shot={shot} plate={setting?.plate as Shot["staged"]["plate"] | null | undefined} onChange={change} />
        <Suspense fallback={null}>
          <OwnLook shot={shot} setting={setting} onChange={change} />
        </Suspense>
        <KeyframesField shot={shot} model={model} onChange={change} />
      </fieldset>
      <ApplyToScene projectId={projectId} edit={edit} />
      <DependsOn shot={shot} />
      <RenderBar projectId={projectId} edit={edit} />
    </section>
  );
}

/** The other shots of its scene get what this one has: framing, camera, length, size, model, plate. */
function ApplyToScene({ projectId, edit }: { projectId: string; edit: ShotEdit }) {
  const { t } = useTranslation("shot");
  const { shot, settle } = edit;
  const select = (board: Board) => board.scenes.find((scene) => scene.id === shot.scene_id)?.shots.map((one) => one.id) ?? [];
  const { data: ids = [] } = useQuery({ ...boardOf(projectId), select });
  const change = useShotsChange(projectId);
  if (ids.length < 2) return null;
  const apply = () => void settle().then(() => change(ids, alikeOf(shot)), () => undefined); // what was typed goes first
  return (
    <Forbidden unless="change">
      <Button variant="default" size="xs" h="auto" mih={30} py={6} className={styles.wraps} onClick={apply}>
        {t("applyToScene")}
      </Button>
    </Forbidden>
  );
}

/** What has changed since the take that the board shows was made. */
function DependsOn({ shot }: { shot: Shot }) {
  const { t } = useTranslation("shot");
  const changedWords = useChangedWords();
  if (shot.stale.length === 0) return null;
  return (
    <div className={styles.stale}>
      <strong>{t("staleTitle")}</strong>
      <p>{t("staleWords", { changes: changedWords(shot.changed) })}</p>
    </div>
  );
}
