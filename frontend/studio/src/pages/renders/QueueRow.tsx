import { ActionIcon, NativeSelect } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { keys } from "@/api/queries";
import { prioritise, type Priority, type WaitingTake } from "@/api/queue";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Forbidden } from "@/components/Forbidden";
import { shortTime } from "@/lib/shortTime";

import styles from "./Queue.module.css";

const PRIORITIES: Priority[] = ["interactive", "normal", "batch"];

interface Props {
  take: WaitingTake;
  paused: boolean;
  busy: boolean;
  onUp?: () => void;
  onDown?: () => void;
}

/** One take that waits: its place, when it will be done, and how that is changed. */
export function QueueRow({ take, paused, busy, onUp, onDown }: Props) {
  const { t } = useTranslation("queue");
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (priority: Priority) => prioritise(take.id, priority),
    onSettled: () => client.invalidateQueries({ queryKey: keys.takes }),
  });
  const name = take.slate ? [take.slate.film, take.slate.shot, take.slate.take].filter(Boolean).join(" · ") : take.prompt;
  const told = take.unserved ? t("unserved", { model: take.model }) : take.eta_s !== null && !paused && t("eta", { time: shortTime(take.eta_s) });
  return (
    <li className={styles.row}>
      <span className={`tabular ${styles.place}`}>{take.queue_place}</span>
      <span className={styles.name}>{name}</span>
      <span className={`faint tabular ${styles.told}`}>{told}</span>
      <NativeSelect
        size="xs"
        className={styles.priority}
        aria-label={t("priority", { name })}
        value={take.priority}
        disabled={change.isPending}
        data={PRIORITIES.map((value) => ({ value, label: t(`priorities.${value}`) }))}
        onChange={(event) => change.mutate(event.currentTarget.value as Priority)}
      />
      <span className={styles.moves}>
        <Forbidden unless="change">
          <ActionIcon variant="default" size="sm" aria-label={t("up", { name })} disabled={!onUp || busy} onClick={onUp}>
            ↑
          </ActionIcon>
        </Forbidden>
        <Forbidden unless="change">
          <ActionIcon variant="default" size="sm" aria-label={t("down", { name })} disabled={!onDown || busy} onClick={onDown}>
            ↓
          </ActionIcon>
        </Forbidden>
      </span>
      {change.error && <ErrorNotice error={change.error} />}
    </li>
  );
}
