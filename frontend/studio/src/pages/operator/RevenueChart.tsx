import { useTranslation } from "react-i18next";

import styles from "./Operator.module.css";
import { numberOf, type Revenue } from "./queries";

const WIDTH = 900;
const HALF = 78; // of bars, upper and lower
const TOP = 18;
const GAP = 18;
const DAY_MS = 86_400_000;

interface Day {
  day: string;
  credits: number;
  busy: number;
  good: number;
}

/** Every day of the time, also those on which nothing happened, oldest first. */
function daysOf({ since, until, work }: Revenue): Day[] {
  const days = new Map<string, Day>();
  for (let at = Date.parse(since); at < Date.parse(until); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.set(day, { day, credits: 0, busy: 0, good: 0 });
  }
  for (const line of work) {
    const found = days.get(line.day);
    if (!found) continue;
    found.credits += line.charged - line.refunded;
    found.busy += line.busy_seconds;
    found.good += line.device_seconds;
  }
  return [...days.values()];
}

/** Credits above, seconds of devices below, day by day; what it shows is in the tables as well. */
export function RevenueChart({ revenue }: { revenue: Revenue }) {
  const { t } = useTranslation("operator");
  const days = daysOf(revenue);
  const sum = (of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0);
  const credits = sum((day) => day.credits);
  const busy = sum((day) => day.busy);
  const most = { credits: Math.max(0, ...days.map((day) => day.credits)), busy: Math.max(0, ...days.map((day) => day.busy)) };
  const step = WIDTH / Math.max(1, days.length);
  const base = { credits: TOP + HALF, busy: TOP + HALF + GAP + HALF };
  const words = t("chartWords", { days: days.length, credits: numberOf(credits), busy: numberOf(busy, 0), good: numberOf(sum((day) => day.good), 0) });
  const bar = (kind: "credits" | "busy" | "good", day: Day, place: number) => {
    const scale = kind === "credits" ? "credits" : "busy";
    const height = most[scale] > 0 ? (HALF * Math.max(0, Math.min(day[kind], most[scale]))) / most[scale] : 0;
    return <rect key={`${kind} ${day.day}`} className={styles[kind]} x={place * step + step * 0.15} width={step * 0.7} y={base[scale] - height} height={height} />;
  };
  return (
    <figure style={{ margin: 0 }}>
      <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${base.busy + 4}`} preserveAspectRatio="none" role="img" aria-label={words}>
        {days.map((day, place) => [bar("credits", day, place), bar("busy", day, place), bar("good", day, place)])}
        <line className={styles.axis} x1={0} x2={WIDTH} y1={base.credits} y2={base.credits} />
        <line className={styles.axis} x1={0} x2={WIDTH} y1={base.busy} y2={base.busy} />
      </svg>
      <figcaption className="faint">
        {words}. {busy > 0 && t("perSecond", { credits: numberOf(credits / busy, 4) })}
      </figcaption>
    </figure>
  );
}
