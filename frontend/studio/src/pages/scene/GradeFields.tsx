import { Slider } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Grade } from "@/api/film";

import styles from "./Scene.module.css";

const STYLES = ["none", "warm", "cool", "noir", "faded", "vivid"] as const;
const KNOBS = { exposure: { most: 2, step: 0.1 }, temperature: { most: 1, step: 0.05 }, contrast: { most: 1, step: 0.05 } } as const;
type Knob = keyof typeof KNOBS;

interface Props {
  id: string;
  grade: Grade;
  onChange: (grade: Grade) => void;
}

/** The colour of the finished picture: a named style, and three sliders about its middle. */
export function GradeFields({ id, grade, onChange }: Props) {
  const { t } = useTranslation("scene");
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("grade")}</legend>
      <div className={styles.styles}>
        {STYLES.map((style) => (
          <label key={style} className={styles.style}>
            <input type="radio" className="unseen" name={`style-${id}`} checked={(grade.style ?? "none") === style} onChange={() => onChange({ ...grade, style })} />
            <span>{t(`styles.${style}`)}</span>
          </label>
        ))}
      </div>
      {(Object.keys(KNOBS) as Knob[]).map((knob) => (
        <GradeSlider key={knob} knob={knob} value={grade[knob] ?? 0} onChange={(value) => onChange({ ...grade, [knob]: value })} />
      ))}
      <p className="faint">{t("gradeHelp")}</p>
    </fieldset>
  );
}

function GradeSlider({ knob, value, onChange }: { knob: Knob; value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation("scene");
  const { most, step } = KNOBS[knob];
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? value;
  const keep = (next: number) => {
    setDragged(null);
    onChange(next);
  };
  return (
    <div className={styles.knob}>
      <span>{t(`knobs.${knob}`)}</span>
      <Slider
        min={-most}
        max={most}
        step={step}
        marks={[{ value: 0 }]}
        classNames={{ bar: styles.unfilled }}
        label={(at) => at.toFixed(2)}
        thumbLabel={t(`knobs.${knob}`)}
        value={shown}
        onChange={setDragged}
        onChangeEnd={keep}
        onDoubleClick={() => keep(0)}
      />
      <span className="tabular">{shown > 0 ? `+${shown.toFixed(2)}` : shown.toFixed(2)}</span>
    </div>
  );
}
