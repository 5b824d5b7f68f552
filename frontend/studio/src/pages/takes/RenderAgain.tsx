import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, freshKey } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { Forbidden } from "@/components/Forbidden";

const ShotPrice = lazy(async () => ({ default: (await import("@/pages/later")).ShotPrice }));

/** One more take of a shot. */
export function RenderAgain({ shotId }: { shotId: string }) {
  const { t } = useTranslation("take");
  const client = useQueryClient();
  const may = usePermission("change") === true;
  const again = useMutation({
    mutationFn: () => {
      const params = { path: { shot_id: shotId }, header: { "Idempotency-Key": freshKey() } };
      return answer(api.POST("/v1/shots/{shot_id}/takes", { params, body: { count: 1 } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.shotTakes(shotId) });
      void client.invalidateQueries({ queryKey: ["board"] });
    },
  });
  return (
    <>
      <Forbidden unless="change">
        <Button size="compact-xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
          {t("again")}
        </Button>
      </Forbidden>
      {may && (
        <Suspense fallback={null}>
          <ShotPrice shotId={shotId} />
        </Suspense>
      )}
    </>
  );
}
