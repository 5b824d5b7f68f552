import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { keys } from "@/api/queries";
import { moveTake, pauseQueue, queue, resumeQueue } from "@/api/queue";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";
import { addEnglish } from "@/i18n";
import { queue as words } from "@/i18n/en/queue";

import styles from "./Queue.module.css";
import { QueueRow } from "./QueueRow";

addEnglish({ queue: words });

const TOLD_ANEW_MS = 5000; // the time that is left changes without an event

/** What waits, in the order in which it is begun: moved, made more or less urgent, held and let go. */
export default function QueuePanel() {
  const { t } = useTranslation("queue");
  const client = useQueryClient();
  const { data, error } = useQuery({ ...queue, refetchInterval: TOLD_ANEW_MS });
  const told = { onSettled: () => client.invalidateQueries({ queryKey: keys.takes }) };
  const hold = useMutation({ mutationFn: () => (data?.paused ? resumeQueue() : pauseQueue()), ...told });
  const move = useMutation({ mutationFn: (to: { id: string; after: string | null }) => moveTake(to.id, to.after), ...told });
  if (error) return <ErrorNotice error={error} />;
  if (!data || (data.waiting === 0 && !data.paused)) return null;
  const ids = data.data.map((take) => take.id);
  return (
    <section className={styles.panel} aria-labelledby="queue-title">
      <header className={styles.head}>
        <h2 id="queue-title">{t("title")}</h2>
        <span className="faint tabular">{data.paused ? t("paused", { count: data.waiting }) : t("waiting", { count: data.waiting })}</span>
        <Forbidden unless="change">
          <Button size="compact-sm" variant="default" loading={hold.isPending} onClick={() => hold.mutate()}>
            {t(data.paused ? "resume" : "pause")}
          </Button>
        </Forbidden>
      </header>
      {(hold.error ?? move.error) && <ErrorNotice error={hold.error ?? move.error} />}
      <ol className={`bare ${styles.rows}`}>
        {data.data.map((take, place) => (
          <QueueRow
            key={take.id}
            take={take}
            paused={data.paused}
            busy={move.isPending}
            onUp={place === 0 ? undefined : () => move.mutate({ id: take.id, after: ids[place - 2] ?? null })}
            onDown={place === ids.length - 1 ? undefined : () => move.mutate({ id: take.id, after: ids[place + 1] ?? null })}
          />
        ))}
      </ol>
    </section>
  );
}
