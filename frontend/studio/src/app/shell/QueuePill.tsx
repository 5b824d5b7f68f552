import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";

import styles from "./QueuePill.module.css";

async function countUnfinished() {
  const count = async (state: "RENDERING" | "QUEUED") =>
    (await answer(api.GET("/takes", { params: { query: { state, limit: 100 } } }))).data.length;
  const [running, waiting] = await Promise.all([count("RENDERING"), count("QUEUED")]);
  return { running, waiting };
}

/** How much renders and waits, on every page; opens Renders. */
export function QueuePill() {
  const { t } = useTranslation("shell");
  const { data } = useQuery({ queryKey: [...keys.takes, "unfinished"], queryFn: countUnfinished });
  if (!data || data.running + data.waiting === 0) return null;
  const words = [t("queue.running", { count: data.running }), t("queue.waiting", { count: data.waiting })].join(", ");
  return (
    <Link to={"/renders" as "/"} className={styles.pill} title={words} aria-label={words}>
      <span className={styles.pulse} aria-hidden />
      <span className="tabular">{data.running}</span>
      {data.waiting > 0 && <span className="tabular">+{data.waiting}</span>}
    </Link>
  );
}
