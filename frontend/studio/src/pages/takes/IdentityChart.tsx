import "uplot/dist/uPlot.min.css";

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import UPlot from "uplot";

import { shortTimecode } from "@/lib/timecode";

import { seenRuns, worstFrames, type Identity } from "./chart";
import styles from "./IdentityChart.module.css";
import type { Playback } from "./playback";

/** One line a character; colour and dash both tell them apart. */
const LINES = [
  { colour: "--line-1", dash: [] },
  { colour: "--line-2", dash: [6, 3] },
  { colour: "--line-3", dash: [2, 3] },
] as const;
const HEIGHT_PX = 150;
const WIDE_AS_A_MOMENT_PX = 84; // `0 秒 23 帧`, and room beside it
const BAND_PX = 4;

interface Props {
  identity: readonly Identity[];
  playback: Playback;
}

/** Likeness over the clip, on the time axis of the player: click a dip to see it. */
export default function IdentityChart({ identity, playback }: Props) {
  const { t } = useTranslation("take");
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current ? drawChart(box.current, identity, playback) : undefined), [identity, playback]);
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.head}>
        <strong>{t("chart")}</strong>
        {identity.map((one, place) => (
          <span key={one.character_id} className={styles.key}>
            <svg width={22} height={6} aria-hidden>
              <line x1={0} x2={22} y1={3} y2={3} stroke={`var(${lineOf(place).colour})`} strokeWidth={2.5} strokeDasharray={lineOf(place).dash.join(" ")} />
            </svg>
            {one.character_name}
          </span>
        ))}
        {identity[0] && <span className="faint">{t("threshold", { value: identity[0].threshold.toFixed(2) })}</span>}
      </figcaption>
      <div ref={box} className={styles.plot} aria-hidden title={t("chartHelp")} />
      <ul className="unseen">
        {identity.map((one) => (
          <li key={one.character_id}>{chartWords(t, one)}</li>
        ))}
      </ul>
      <WorstFrames identity={identity} playback={playback} />
    </figure>
  );
}

function lineOf(place: number): (typeof LINES)[number] {
  return LINES[place % LINES.length] ?? LINES[0];
}

function chartWords(t: ReturnType<typeof useTranslation<"take">>["t"], one: Identity): string {
  if (one.score === null) return t("unscoredWords", { name: one.character_name });
  return t("chartWords", {
    name: one.character_name,
    score: one.score.toFixed(2),
    worst: one.worst_decile?.toFixed(2) ?? "–",
    presence: `${Math.round(100 * one.presence)} %`,
    threshold: one.threshold.toFixed(2),
  });
}

function WorstFrames({ identity, playback }: Props) {
  const { t } = useTranslation("take");
  const dips = worstFrames(identity, 4);
  if (dips.length === 0) return null;
  return (
    <p className={styles.worst}>
      <span className="soft">{t("worst")}</span>
      {dips.map((dip) => (
        <button key={`${dip.characterId}${dip.frame}`} type="button" className={`plain ${styles.dip}`} onClick={() => playback.seek(dip.frame)}>
          {t("worstFrame", { name: dip.name, time: shortTimecode(dip.frame, playback.fps), score: dip.score.toFixed(2) })}
        </button>
      ))}
    </p>
  );
}

/** Draws into `box` and keeps it as wide; returns how to take it away. */
function drawChart(box: HTMLDivElement, identity: readonly Identity[], playback: Playback): () => void {
  const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
  const threshold = identity[0]?.threshold ?? 0;
  const axis = { stroke: colour("--words-faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const chart = new UPlot(
    {
      width: box.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      padding: [null, WIDE_AS_A_MOMENT_PX / 3, null, null],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      scales: { x: { time: false, range: [0, Math.max(1, playback.frames - 1)] }, y: { range: [0, 1] } },
      axes: [
        { ...axis, size: 24, space: WIDE_AS_A_MOMENT_PX, values: (_, marks) => marks.map((frame) => shortTimecode(frame, playback.fps)) },
        { ...axis, size: 36, values: (_, marks) => marks.map((mark) => mark.toFixed(1)) },
      ],
      series: [{}, ...identity.map((one, place) => ({ label: one.character_name, stroke: colour(lineOf(place).colour), width: 2, dash: [...lineOf(place).dash], points: { show: false } }))],
      hooks: { draw: [(plot) => drawThreshold(plot, threshold, colour("--bad")), (plot) => drawBands(plot, identity, colour)] },
    },
    [Array.from({ length: playback.frames }, (_, frame) => frame), ...identity.map((one) => [...one.series])],
    box,
  );
  const head = document.createElement("div");
  head.className = styles.playhead ?? "";
  chart.over.append(head);
  const follow = () => {
    head.style.transform = `translateX(${chart.valToPos(playback.frame, "x")}px)`;
  };
  const jump = (event: MouseEvent) => playback.seek(Math.round(chart.posToVal(event.offsetX, "x")));
  chart.over.addEventListener("click", jump);
  const quiet = playback.subscribe(follow);
  const widths = new ResizeObserver(() => {
    chart.setSize({ width: box.clientWidth, height: HEIGHT_PX });
    follow();
  });
  widths.observe(box);
  follow();
  return () => {
    quiet();
    widths.disconnect();
    chart.destroy();
  };
}

function drawThreshold(plot: UPlot, threshold: number, colour: string): void {
  const y = Math.round(plot.valToPos(threshold, "y", true));
  plot.ctx.save();
  plot.ctx.strokeStyle = colour;
  plot.ctx.setLineDash([3, 4]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(plot.bbox.left, y);
  plot.ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** Along the bottom, one band a character: where its face is seen. */
function drawBands(plot: UPlot, identity: readonly Identity[], colour: (name: string) => string): void {
  const scale = devicePixelRatio;
  identity.forEach((one, place) => {
    plot.ctx.fillStyle = colour(lineOf(place).colour);
    const y = plot.bbox.top + plot.bbox.height - (place + 1) * (BAND_PX + 2) * scale;
    for (const [first, last] of seenRuns(one.series)) {
      const x = plot.valToPos(first, "x", true);
      plot.ctx.fillRect(x, y, Math.max(scale, plot.valToPos(last, "x", true) - x), BAND_PX * scale);
    }
  });
}
