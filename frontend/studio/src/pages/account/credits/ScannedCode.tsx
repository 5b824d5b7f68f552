import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";

import type { Order } from "./queries";

/** What WeChat is to scan: the code's picture comes from the studio. */
export function ScannedCode({ order }: { order: Order }) {
  const { t } = useTranslation("credits");
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => answer(api.POST("/v1/payments/orders/{order_id}/check", { params: { path: { order_id: order.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["credits"] }),
  });
  return (
    <div>
      <img src={`/v1/payments/orders/${order.id}/code.svg`} alt={t("scan")} width={200} height={200} />
      <p>{t("scan")}</p>
      <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
        {t("paidAlready")}
      </Button>
      {check.error && <ErrorNotice error={check.error} />}
    </div>
  );
}
