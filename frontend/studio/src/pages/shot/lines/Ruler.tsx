import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Line } from "./lines";
import styles from "./Lines.module.css";
import type { Sound } from "./sounds";
import { Waveform } from "./Waveform";

interface Props {
  lines: readonly Line[];
  starts: readonly number[];
  seconds: readonly number[];
  colours: readonly string[];
  sounds: readonly (Sound | undefined)[];
  /** Of the whole shot. */
  length: number;
  /** Its line is to begin so much later (or earlier). */
  onMove: (place: number, by: number) => void;
}

const STEP_S = 0.1;
const STEPS: Record<string, number> = { ArrowRight: STEP_S, ArrowUp: STEP_S, ArrowLeft: -STEP_S, ArrowDown: -STEP_S, PageUp: 1, PageDown: -1, Home: -60 };

/** The shot's ruler with its lines: drag one, or move it with the arrow keys; those after it move along. */
export function Ruler({ lines, starts, seconds, colours, sounds, length, onMove }: Props) {
  const { t } = useTranslation("speech");
  const ruler = useRef<HTMLDivElement>(null);
  const drag = useRef<{ place: number; x: number } | null>(null);
  const move = (event: PointerEvent) => {
    const width = ruler.current?.clientWidth ?? 1;
    if (!drag.current) return;
    const by = Math.round(((event.clientX - drag.current.x) / width) * length * 10) / 10;
    if (by === 0) return;
    onMove(drag.current.place, by);
    drag.current.x = event.clientX;
  };
  const key = (place: number) => (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(place, by);
  };
  return (
    <div ref={ruler} className={styles.ruler} role="group" aria-label={t("ruler")}>
      {lines.map((line, place) => {
        const start = starts[place] as number;
        const sound = sounds[place];
        const words = t("at", { number: place + 1, start: start.toFixed(1), length: (seconds[place] as number).toFixed(1) });
        return (
          <div
            key={line.id ?? place}
            className={styles.block}
            style={{ left: `${(100 * start) / length}%`, width: `${(100 * (seconds[place] as number)) / length}%`, borderColor: colours[place] }}
            role="slider"
            tabIndex={0}
            aria-label={t("line", { number: place + 1 })}
            aria-valuemin={0}
            aria-valuemax={60}
            aria-valuenow={Math.round(start * 10) / 10}
            aria-valuetext={words}
            title={words}
            onKeyDown={key(place)}
            onPointerDown={(event) => {
              drag.current = { place, x: event.clientX };
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={move}
            onPointerUp={() => (drag.current = null)}
          >
            {sound && <Waveform peaks={sound.peaks} colour={colours[place] as string} />}
          </div>
        );
      })}
    </div>
  );
}
