import { useTranslation } from "react-i18next";

import { creditsOf } from "@/lib/credits";
import { dayOf } from "@/lib/dates";

import own from "./Money.module.css";
import { everyDay, type Line } from "./queries";

/** Credits of each day as bars, and the same in a table that opens. */
export function DaysChart({ lines, days }: { lines: readonly Line[]; days: number }) {
  const { t } = useTranslation("money");
  const told = everyDay(lines, days);
  const most = Math.max(...told.map(({ credits }) => credits));
  const total = Math.round(told.reduce((sum, { credits }) => sum + credits, 0) * 1e6) / 1e6;
  const [first, last] = [told[0], told.at(-1)];
  return (
    <figure className={own.chart}>
      <figcaption>{t("spent", { credits: creditsOf(total), count: days })}</figcaption>
      {most > 0 && (
        <>
          <div className={own.bars} aria-hidden>
            {told.map(({ day, credits }) => (
              <span key={day} title={`${dayOf(day)}: ${creditsOf(credits)}`} style={{ height: `${(100 * credits) / most}%` }} />
            ))}
          </div>
          <div className={own.ends} aria-hidden>
            <span>{first && dayOf(first.day)}</span>
            <span>{last && dayOf(last.day)}</span>
          </div>
        </>
      )}
      <details className={own.details}>
        <summary>{t("asTable")}</summary>
        <table className={own.table}>
          <thead>
            <tr>
              <th scope="col">{t("day")}</th>
              <th scope="col">{t("takes")}</th>
              <th scope="col">{t("credits")}</th>
            </tr>
          </thead>
          <tbody>
            {told
              .filter(({ takes }) => takes > 0)
              .toReversed()
              .map(({ day, takes, credits }) => (
                <tr key={day}>
                  <th scope="row">{dayOf(day)}</th>
                  <td>{takes}</td>
                  <td>{creditsOf(credits)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
