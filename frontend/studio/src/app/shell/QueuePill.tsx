import { VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";
import { shortTime } from "@/lib/shortTime";

import { queueOf, type Queue } from "./queue";
import styles from "./QueuePill.module.css";

const TOLD_ANEW_MS = 4000; // the time that is left changes without an event

async function fetchQueue(): Promise<Queue> {
  const list = async (state: "RENDERING" | "QUEUED") =>
    (await answer(api.GET("/v1/takes", { params: { query: { state, limit: 100 } } }))).data;
  return queueOf((await Promise.all([list("RENDERING"), list("QUEUED")])).flat());
}

/** How much renders and waits, and for how long, on every page; opens Renders. */
export function QueuePill() {
  const { t } = useTranslation("shell");
  const { data } = useQuery({
    queryKey: [...keys.takes, "unfinished"],
    queryFn: fetchQueue,
    refetchInterval: ({ state }) => (state.data && state.data.running + state.data.waiting > 0 ? TOLD_ANEW_MS : false),
  });
  if (!data || data.running + data.waiting === 0) return null;
  const { running, waiting, leftS } = data;
  const time = leftS === null ? null : shortTime(leftS);
  const words = [
    running > 0 && t("queue.running", { count: running }),
    waiting > 0 && t("queue.waiting", { count: waiting }),
    time && t("queue.left", { time }),
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <Link to={"/renders" as "/"} className={styles.pill} title={words}>
      <VisuallyHidden>{words}</VisuallyHidden>
      <span className={styles.pulse} aria-hidden />
      <span className="tabular" aria-hidden>
        {running}
      </span>
      {waiting > 0 && (
        <span className="tabular" aria-hidden>
          +{waiting}
        </span>
      )}
      {time && (
        <span className={`tabular ${styles.left}`} aria-hidden>
          {time}
        </span>
      )}
    </Link>
  );
}
