import styles from "./Lines.module.css";

const LEAST = 0.04;

/** Loudness over time, as bars. Decoration: what it shows is told in words beside it. */
export function Waveform({ peaks, colour }: { peaks: readonly number[]; colour: string }) {
  const bars = peaks.map((peak, place) => `M${place + 0.5} ${1 - Math.max(LEAST, peak)}V${1 + Math.max(LEAST, peak)}`).join("");
  return (
    <svg className={styles.wave} viewBox={`0 0 ${Math.max(1, peaks.length)} 2`} preserveAspectRatio="none" aria-hidden>
      <path d={bars} stroke={colour} strokeWidth={0.6} fill="none" />
    </svg>
  );
}
