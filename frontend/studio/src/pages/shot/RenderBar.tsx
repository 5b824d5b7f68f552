import { Button } from "@mantine/core";
import { IconPlayerPlayFilled } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, freshKey } from "@/api/client";
import { takesOf, type Shot, type ShotChange, type ShotTake } from "@/api/film";
import { keys } from "@/api/queries";
import { useShortcuts } from "@/lib/shortcuts";
import { shortRange } from "@/lib/shortTime";
import { Forbidden } from "@/components/Forbidden";
import { ErrorNotice } from "@/components/ErrorNotice";
import { refusalWords } from "@/components/errorWords";
import { useGuard } from "@/components/useForbidden";

import { fixOf, isUnpaid, useEstimate, type Estimate } from "./estimate";
import styles from "./ShotInspector.module.css";
import type { ShotEdit } from "./useShotEdit";

const EstimatePrice = lazy(async () => ({ default: (await import("@/pages/later")).EstimatePrice }));

interface Props {
  projectId: string;
  edit: ShotEdit;
}

const VARIATIONS = 4;

/** The one thing to do next, which says what will happen; what would be refused is mended here, before. */
export function RenderBar({ projectId, edit }: Props) {
  const { t } = useTranslation("shot");
  const { shot } = edit;
  const render = useRender(projectId, edit);
  const { data: estimate } = useEstimate(shot);
  const plate = shot.plate ?? (shot.staged.plate as NonNullable<Shot["plate"]>);
  const nobody = shot.characters.length === 0 && plate.kind === "reference";
  const empty = nobody || shot.prompt.trim() === "";
  const refused = !empty && estimate?.ok === false;
  const guard = useGuard("change");
  const start = render.mutate;
  useShortcuts(
    useMemo(
      () => [
        { keys: ["r"], words: t("keyRender"), act: guard(() => start(1)) },
        { keys: ["v"], words: t("keyVariations"), act: guard(() => start(VARIATIONS)) },
      ],
      [start, guard, t],
    ),
  );
  return (
    <div className={styles.bar}>
      {refused && <Refusals estimate={estimate} onFix={edit.change} />}
      {render.error != null && <ErrorNotice error={render.error} onRetry={() => start(1)} />}
      {empty && <p className="faint">{t(nobody ? "needsCast" : "needsPrompt")}</p>}
      <div className={styles.actions}>
        <Forbidden unless="change">
          <Button
            fullWidth
            disabled={empty || refused}
            loading={render.isPending}
            leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
            onClick={() => start(1)}
          >
            {estimate?.ok ? t("renderAbout", { time: rangeOf(estimate) }) : t("render")}
          </Button>
        </Forbidden>
        <Forbidden unless="change">
          <Button variant="default" disabled={empty || refused || render.isPending} onClick={() => start(VARIATIONS)}>
            {t("variations")}
          </Button>
        </Forbidden>
      </div>
      {!empty && estimate && (
        <Suspense fallback={null}>
          <EstimatePrice estimate={estimate} times={VARIATIONS} />
        </Suspense>
      )}
    </div>
  );
}

/** Between when and when a take would be there, the wait for others before it included. */
function rangeOf({ seconds_low, seconds_high, queue_seconds }: Estimate): string {
  return shortRange((seconds_low ?? 0) + queue_seconds, (seconds_high ?? 0) + queue_seconds);
}

/** Save what was typed, then ask for takes. */
function useRender(projectId: string, edit: ShotEdit) {
  const client = useQueryClient();
  const { shot } = edit;
  return useMutation({
    mutationFn: async (count: number) => {
      await edit.settle();
      const params = { path: { shot_id: shot.id }, header: { "Idempotency-Key": freshKey() } };
      return answer(api.POST("/v1/shots/{shot_id}/takes", { params, body: { count } }));
    },
    onSuccess: ({ data: made }) => {
      client.setQueryData(takesOf(shot.id).queryKey, (before) => [...(made as ShotTake[]).toReversed(), ...(before ?? [])]);
      void client.invalidateQueries({ queryKey: keys.shotTakes(shot.id) });
      void client.invalidateQueries({ queryKey: keys.board(projectId) });
      void client.invalidateQueries({ queryKey: keys.takes });
    },
  });
}

/** What the model would refuse, each with its nearest legal values as one click. What its price would refuse stands at the price. */
function Refusals({ estimate, onFix }: { estimate: Estimate; onFix: (change: ShotChange) => void }) {
  const { t } = useTranslation("common");
  const problems = estimate.problems.filter((problem) => !isUnpaid(problem));
  if (problems.length === 0) return null;
  return (
    <div role="alert">
      <ul className={`bare ${styles.refusals}`}>
        {problems.map((problem) => (
          <li key={problem.field + problem.message}>
            <p>{refusalWords({ ...problem, code: "request_refused", detail: problem.message }).help}</p>
            {problem.nearest.map((value) => {
              const fix = fixOf(problem, value);
              return (
                fix && (
                  <Button key={value} size="compact-xs" variant="default" onClick={() => onFix(fix)}>
                    {t("error.nearest", { value })}
                  </Button>
                )
              );
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}
