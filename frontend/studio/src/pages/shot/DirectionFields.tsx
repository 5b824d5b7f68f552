import { Button, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";

import styles from "./DirectionFields.module.css";
import { useEstimate } from "./estimate";

type Camera = NonNullable<Shot["camera"]>;

const MOVES = [
  "hold", "push_in", "pull_out", "zoom_in", "zoom_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "roll_left", "roll_right",
  "truck_left", "truck_right", "arc_left", "arc_right", "handheld",
] as const;
const NEAR = new Set(["push_in", "pull_out", "zoom_in", "zoom_out"]);
const SPEEDS = ["slow", "normal", "fast"] as const;
const FRAMINGS = ["ecu", "cu", "mcu", "ms", "ws"] as const;
const AS_WORDS = "words";
const STEPS = 4;

interface Props {
  shot: Shot;
  onChange: (change: ShotChange) => void;
  /** Of several shots at once: what the words say differs. */
  several?: boolean;
}

/** The camera, and how large and how quick the acting is: the prompt's words fill the camera until it is chosen here. */
export default function DirectionFields({ shot, onChange, several = false }: Props) {
  const { t } = useTranslation("shot");
  const { camera } = shot;
  const choose = (move: string | null) => {
    if (move === AS_WORDS) onChange({ camera: null });
    else if (move) onChange({ camera: { amount: 0.5, speed: "normal", ...kept(camera, move), move: move as Camera["move"] } });
  };
  return (
    <div className={styles.fields}>
      <div className={styles.row}>
        <Select
          className={styles.move}
          label={t("camera")}
          data={[{ value: AS_WORDS, label: t("cameraAsWords") }, ...MOVES.map((move) => ({ value: move, label: t(`cameras.${move}`) }))]}
          value={camera?.move ?? AS_WORDS}
          allowDeselect={false}
          onChange={choose}
        />
        {camera && (
          <Button variant="default" size="xs" className={styles.reset} onClick={() => onChange({ camera: null })}>
            {t("cameraReset")}
          </Button>
        )}
      </div>
      {!several && !camera && <Understood shot={shot} />}
      {camera && camera.move !== "hold" && <HowItMoves camera={camera} onChange={(next) => onChange({ camera: next })} />}
      <Degree name="performance" value={shot.performance} onChange={(performance) => onChange({ performance })} />
      <Degree name="pace" value={shot.pace} onChange={(pace) => onChange({ pace })} />
    </div>
  );
}

/** Framings stay with a move that can travel between them. */
function kept(camera: Shot["camera"], move: string): Partial<Camera> {
  if (!camera) return {};
  return NEAR.has(move) ? { amount: camera.amount, speed: camera.speed, ends: camera.ends } : { amount: camera.amount, speed: camera.speed };
}

/** What the prompt's words make the camera do. */
function Understood({ shot }: { shot: Shot }) {
  const { t } = useTranslation("shot");
  const { data: estimate } = useEstimate(shot);
  const moves = estimate?.understood?.camera;
  if (!moves) return null;
  const said = moves.map((move) => saidOf(t, move)).join(t("cameraThen"));
  return (
    <p role="status" className="faint">
      {moves.length > 0 ? t("cameraUnderstood", { moves: said }) : t("cameraStands")}
    </p>
  );
}

type Words = ReturnType<typeof useTranslation<"shot">>["t"];

function saidOf(t: Words, move: Schemas["UsedMove"]): string {
  const name = t(`cameras.${move.move}`);
  return move.ends ? t("cameraTo", { move: name, framing: t(`framings.${move.ends}`) }) : name;
}

function HowItMoves({ camera, onChange }: { camera: Camera; onChange: (camera: Camera) => void }) {
  const { t } = useTranslation("shot");
  const near = NEAR.has(camera.move);
  const { amount = 0.5 } = camera;
  const far = t(`amounts.${Math.min(STEPS, Math.floor(amount * (STEPS + 1))) as 0 | 1 | 2 | 3 | 4}`);
  return (
    <div className={styles.how}>
      {!camera.ends && (
        <label className={styles.degree}>
          <span>{t("cameraAmount")}</span>
          <input
            type="range" min={0} max={1} step={0.1} value={amount}
            aria-valuetext={far}
            onChange={(event) => onChange({ ...camera, amount: Number(event.currentTarget.value) })}
          />
          <span className="faint">{far}</span>
        </label>
      )}
      <Select
        label={t("cameraSpeed")}
        data={SPEEDS.map((speed) => ({ value: speed, label: t(`cameraSpeeds.${speed}`) }))}
        value={camera.speed}
        allowDeselect={false}
        onChange={(speed) => speed && onChange({ ...camera, speed: speed as Camera["speed"] })}
      />
      {near && (
        <Select
          label={t("cameraEnds")}
          data={[{ value: "", label: t("cameraByAmount") }, ...FRAMINGS.map((framing) => ({ value: framing, label: t(`framings.${framing}`) }))]}
          value={camera.ends ?? ""}
          allowDeselect={false}
          onChange={(ends) => onChange({ ...camera, ends: (ends || null) as Camera["ends"] })}
        />
      )}
    </div>
  );
}

/** From -1 to 1, with a word for what it is. */
function Degree({ name, value, onChange }: { name: "performance" | "pace"; value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation("shot");
  const word = t(`${name}s.${Math.round((value + 1) * (STEPS / 2)) as 0 | 1 | 2 | 3 | 4}`);
  return (
    <label className={styles.degree}>
      <span>{t(name)}</span>
      <input
        type="range" min={-1} max={1} step={0.25} value={value} aria-valuetext={word}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
      <span className="faint">{word}</span>
    </label>
  );
}
