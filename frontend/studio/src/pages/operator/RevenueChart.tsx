import { useTranslation } from "react-i18next";

import { dayOf } from "@/lib/dates";

import styles from "./Operator.module.css";
import { numberOf, type Revenue } from "./queries";

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
  const [credits, busy, good] = [sum((day) => day.credits), sum((day) => day.busy), sum((day) => day.good)];
  const most = { credits: Math.max(...days.map((day) => day.credits)), busy: Math.max(...days.map((day) => day.busy)) };
  const words = t("chartWords", { days: days.length, credits: numberOf(credits), busy: numberOf(busy, 0), good: numberOf(good, 0) });
  const [first, last] = [days[0], days.at(-1)];
  return (
    <figure style={{ margin: 0 }}>
      <div role="img" aria-label={words}>
        <Scale words={t("mostCredits", { credits: numberOf(most.credits) })} />
        <div className={styles.bars}>
          {days.map(({ day, credits: charged }) => (
            <span key={day} title={`${dayOf(day)}: ${t("columns.charged")} ${numberOf(charged)}`}>
              <i className={styles.credits} style={{ height: share(charged, most.credits) }} />
            </span>
          ))}
        </div>
        <Scale words={t("mostSeconds", { seconds: numberOf(most.busy, 0) })} />
        <div className={styles.bars}>
          {days.map((day) => (
            <span key={day.day} title={`${dayOf(day.day)}: ${t("columns.busy")} ${numberOf(day.busy, 0)}, ${t("columns.good")} ${numberOf(day.good, 0)}`}>
              <i className={styles.busy} style={{ height: share(day.busy, most.busy) }} />
              <i className={styles.good} style={{ height: share(day.good, most.busy) }} />
            </span>
          ))}
        </div>
        <div className={styles.ends}>
          <span>{first && dayOf(first.day)}</span>
          <span>{last && dayOf(last.day)}</span>
        </div>
      </div>
      <figcaption className="faint">
        {words}. {busy > 0 && t("perSecond", { credits: numberOf(credits / busy, 4) })}
      </figcaption>
    </figure>
  );
}

/** What the highest bar stands for. */
function Scale({ words }: { words: string }) {
  return <div className={styles.scale}>{words}</div>;
}

function share(value: number, most: number): string {
  return most > 0 ? `${(100 * Math.max(0, Math.min(value, most))) / most}%` : "0";
}
