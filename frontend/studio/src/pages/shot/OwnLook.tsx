import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Setting, Shot, ShotChange } from "@/api/film";
import { addEnglish } from "@/i18n";
import { scene as english } from "@/i18n/en/scene";
import { GradeFields } from "@/pages/scene/GradeFields";
import { useLights } from "@/pages/scene/lights";

import { FromScene } from "./FromScene";
import styles from "./ShotInspector.module.css";

addEnglish({ scene: english });

interface Props {
  shot: Shot;
  setting: Setting | undefined;
  onChange: (change: ShotChange) => void;
}

/** Light and grade of one shot, where they are to differ from its scene's. */
export default function OwnLook({ shot, setting, onChange }: Props) {
  const { t } = useTranslation("scene");
  const lights = useLights();
  const light = lights.find((one) => one.value === setting?.light)?.label ?? t("lightOpen");
  const scenes = setting?.grade ?? shot.staged.grade;
  return (
    <details className={styles.wide} open={shot.grade !== null || shot.light !== null}>
      <summary className={styles.summary}>{t("lightAndGrade")}</summary>
      <Select
        label={t("light")}
        data={[{ value: "", label: t("lightOfScene", { light }) }, ...lights]}
        value={shot.light ?? ""}
        allowDeselect={false}
        mb="sm"
        onChange={(next) => onChange({ light: (next || null) as ShotChange["light"] })}
      />
      <GradeFields id={shot.id} grade={{ ...scenes, ...shot.grade }} onChange={(grade) => onChange({ grade })} />
      <FromScene own={shot.grade} words={t(`styles.${scenes.style ?? "none"}`)} onTake={() => onChange({ grade: null })} />
    </details>
  );
}
