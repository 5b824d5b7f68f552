import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Shot, ShotChange } from "@/api/film";

import { FromScene } from "./FromScene";
import styles from "./FramingField.module.css";

const FRAMINGS = ["ecu", "cu", "mcu", "ms", "ws"] as const;
type Framing = (typeof FRAMINGS)[number];
/** How high a person stands in the pictogram, and where the head begins, in tenths of its height. */
const FIGURES = { ecu: [30, -4], cu: [15, 4], mcu: [11, 4], ms: [8, 5], ws: [4, 9] } as const;

interface Props {
  shot: Shot;
  /** Of its scene. */
  framing: Framing | null | undefined;
  onChange: (change: ShotChange) => void;
}

/** How near the camera is: the shot's own choice, else its scene's. */
export function FramingField({ shot, framing, onChange }: Props) {
  const { t } = useTranslation("shot");
  return (
    <FramingChoices id={shot.id} chosen={shot.framing ?? framing ?? "cu"} onChoose={(next) => onChange({ framing: next })}>
      <FromScene own={shot.framing} words={t(`framings.${framing ?? "cu"}`)} onTake={() => onChange({ framing: null })} />
    </FramingChoices>
  );
}

/** Framings, drawn. */
export function FramingChoices({
  id,
  chosen,
  onChoose,
  children,
}: {
  id: string;
  chosen: string | null;
  onChoose: (framing: Framing) => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation("shot");
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("framing")}</legend>
      <div className={styles.row}>
        {FRAMINGS.map((framing) => (
          <label key={framing} className={styles.choice} title={t(`framings.${framing}`)}>
            <input type="radio" className="unseen" name={`framing-${id}`} checked={chosen === framing} onChange={() => onChoose(framing)} />
            <Pictogram framing={framing} />
            <span aria-hidden>{framing.toUpperCase()}</span>
            <span className="unseen">{t(`framings.${framing}`)}</span>
          </label>
        ))}
      </div>
      {children}
    </fieldset>
  );
}

function Pictogram({ framing }: { framing: Framing }) {
  const [head, top] = FIGURES[framing];
  const neck = top + head * 1.05;
  return (
    <svg viewBox="0 0 48 30" width={48} height={30} aria-hidden className={styles.picture}>
      <ellipse cx={24} cy={top + head / 2} rx={head * 0.39} ry={head / 2} />
      <path d={`M${24 - head} ${neck + head * 1.6} q0 ${-head * 1.5} ${head} ${-head * 1.5} q${head} 0 ${head} ${head * 1.5} V60 H${24 - head} Z`} />
    </svg>
  );
}
