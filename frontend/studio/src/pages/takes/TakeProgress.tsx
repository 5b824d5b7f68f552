import { Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { keys } from "@/api/queries";
import { useLive } from "@/lib/live";
import { shortTime } from "@/lib/shortTime";
import { Forbidden } from "@/components/Forbidden";

import { progressOf, type AnyTake } from "./takeState";
import styles from "./TakeProgress.module.css";

const STAGES = ["identity", "prepare", "denoise", "decode", "score", "mux", "upload"] as const;

/** What a take does now, when it will be there, and how to stop it. */
export function TakeProgress({ take }: { take: AnyTake }) {
  const { t } = useTranslation("take");
  const live = useLive(take.id);
  const share = progressOf(take, live);
  const stage = STAGES.find((one) => one === (live.stage ?? take.stage));
  const waits = take.state === "QUEUED" && stage === undefined;
  const words = live.retrying
    ? t("retrying")
    : live.preempted
      ? t("preempted")
      : waits
      ? take.unserved
        ? t("unserved", { model: take.model })
        : t("waits", { place: take.queue_place ?? 1 })
      : stage
        ? t(`stages.${stage}`)
        : t("starts");
  const steps = live.total ? `${live.done ?? 0}/${live.total}` : "";
  return (
    <div className={styles.progress}>
      <p className={styles.words}>
        <span>
          {words} <span className="tabular">{steps}</span>
        </span>
        {take.eta_s !== null && <span className="tabular faint">{t("eta", { time: shortTime(take.eta_s * (waits ? 1 : 1 - share)) })}</span>}
      </p>
      <Progress value={100 * share} size="sm" aria-label={t("progressOf", { number: take.number ?? "" })} />
      <CancelTake takeId={take.id} shotId={take.shot_id} number={take.number ?? ""} />
    </div>
  );
}

function CancelTake({ takeId, shotId, number }: { takeId: string; shotId: string | null; number: string }) {
  const { t } = useTranslation("take");
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => answer(api.POST("/v1/takes/{take_id}/cancel", { params: { path: { take_id: takeId } } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: shotId ? keys.shotTakes(shotId) : keys.takes });
      void client.invalidateQueries({ queryKey: keys.takes });
    },
  });
  return (
    <Forbidden unless="change">
      <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()} aria-label={t("cancelTake", { number })}>
        {t("cancel")}
      </Button>
    </Forbidden>
  );
}
