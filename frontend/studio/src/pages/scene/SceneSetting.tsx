import { Button, Drawer, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { fileOf, type Board } from "@/api/film";
import { usePermission } from "@/api/permissions";
import { GradeFilter, gradeStyle } from "@/components/Graded";
import { PictureFrame, PictureRetry } from "@/components/PictureFrame";
import { usePicture } from "@/components/usePicture";
import { FramingChoices } from "@/pages/shot/FramingField";
import { PlateChoices, usePlateWords } from "@/pages/shot/PlateField";

import { addEnglish } from "@/i18n";
import { scene as english } from "@/i18n/en/scene";

import { AmbienceField } from "./AmbienceField";
import { GradeFields } from "./GradeFields";
import { useLights } from "./lights";
import styles from "./Scene.module.css";

addEnglish({ scene: english });

type Scene = Board["scenes"][number];
type Change = Schemas["SettingChange"];

interface Props {
  scene: Scene;
  onChange: (change: Change) => void;
  onClose: () => void;
}

/** What the shots of a scene have in common, where they have nothing of their own. */
export default function SceneSetting({ scene, onChange, onClose }: Props) {
  const { t } = useTranslation("scene");
  const { t: common } = useTranslation("common");
  const may = usePermission("change") !== false;
  const { plate, framing, light, grade, ambience } = scene.setting;
  const lights = useLights();
  return (
    <Drawer opened onClose={onClose} position="right" size="min(440px, 100%)" title={t("setting", { number: scene.ordinal })} closeButtonProps={{ "aria-label": common("close") }}>
      <fieldset className={`bare ${styles.fields}`} disabled={!may}>
        <p className="faint">{t("settingHelp")}</p>
        {may && <Suggestion scene={scene} onChange={onChange} />}
        <Preview scene={scene} />
        <GradeFields id={scene.id} grade={grade ?? {}} onChange={(next) => onChange({ grade: next })} />
        <Select
          label={t("light")}
          description={t("lightHelp")}
          data={[{ value: "", label: t("lightOpen") }, ...lights]}
          value={light ?? ""}
          allowDeselect={false}
          onChange={(next) => onChange({ light: (next || null) as Change["light"] })}
        />
        <AmbienceField ambience={ambience} onChange={(next) => onChange({ ambience: next })} />
        <FramingChoices id={scene.id} chosen={framing ?? "cu"} onChoose={(next) => onChange({ framing: next })} />
        <PlateChoices id={scene.id} about={scene.heading} plate={plate ?? { kind: "reference" }} onChoose={(next) => onChange({ plate: next.kind === "reference" ? null : next })} />
      </fieldset>
    </Drawer>
  );
}

/** The first shot that has a picture, as it is graded now. */
function Preview({ scene }: { scene: Scene }) {
  const shot = scene.shots.find((one) => one.poster_take_id !== null && one.grade === null);
  const picture = usePicture(shot?.poster_take_id ? fileOf(shot.poster_take_id, "thumbnail") : undefined);
  if (!shot || !picture) return null;
  return (
    <div className={styles.preview}>
      <GradeFilter colours={shot.staged.colours} />
      <PictureFrame picture={picture} style={gradeStyle(shot.staged.colours)} />
      <PictureRetry picture={picture} />
    </div>
  );
}

function Suggestion({ scene, onChange }: Pick<Props, "scene" | "onChange">) {
  const { t } = useTranslation("scene");
  const plateWords = usePlateWords();
  const lights = useLights();
  const { plate, light } = scene.suggested;
  const words = [plate && plateWords(plate as NonNullable<typeof plate>), light && lights.find((one) => one.value === light)?.label].filter(Boolean);
  if (words.length === 0) return null;
  const take = () => onChange({ ...(plate ? { plate } : {}), ...(light ? { light } : {}) });
  return (
    <div className={styles.suggestion}>
      <span>{t("suggests", { words: words.join(" · ") })}</span>
      <Button size="xs" variant="light" onClick={take}>
        {t("take")}
      </Button>
    </div>
  );
}
