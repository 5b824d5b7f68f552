import { Button } from "@mantine/core";
import { useMutation, useQueryClient, type Query } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SureButton } from "@/components/SureButton";
import { momentOf } from "@/lib/dates";

import { Row } from "../Row";
import { Secret } from "../Secret";
import { deliveriesKey, endpointsQuery, ONE, type EndpointShown } from "./queries";

const DAY_MS = 24 * 60 * 60 * 1000;

/** One endpoint, how it fares, and what can be done with it. */
export function Endpoint({ endpoint }: { endpoint: EndpointShown }) {
  const { t } = useTranslation("webhooks");
  const { id, name } = endpoint;
  const at = { params: { path: { endpoint_id: id } } };
  const change = useEndpointDeed((enabled: boolean) => answer(api.POST("/v1/webhook_endpoints/{endpoint_id}", { ...at, body: { enabled } })));
  const remove = useEndpointDeed(() => answer(api.DELETE("/v1/webhook_endpoints/{endpoint_id}", at)), isListed);
  const rotate = useEndpointDeed(() =>
    answer(api.POST("/v1/webhook_endpoints/{endpoint_id}/rotate_secret", { ...at, body: { keep_old_secret_active_for_24_hours: true } })),
  );
  const test = useEndpointDeed(() => answer(api.POST("/v1/webhook_endpoints/{endpoint_id}/test", { ...at, body: { event_type: "endpoint.test" } })));
  const replay = useEndpointDeed(() => answer(api.POST("/v1/webhook_endpoints/{endpoint_id}/replay", { ...at, body: lastDay() })));
  const error = change.error ?? remove.error ?? rotate.error ?? test.error ?? replay.error;
  const isOn = endpoint.status === "enabled";
  return (
    <Row title={name} facts={<Facts endpoint={endpoint} />}>
      {isOn && (
        <>
          <Button size="xs" variant="default" aria-label={t("testNamed", { name })} loading={test.isPending} onClick={() => test.mutate(undefined)}>
            {t("test")}
          </Button>
          <Button size="xs" variant="default" aria-label={t("replayNamed", { name })} loading={replay.isPending} onClick={() => replay.mutate(undefined)}>
            {t("replay")}
          </Button>
          <SureButton words={t("disable")} label={t("disableNamed", { name })} what={t("disableWhat")} busy={change.isPending} onConfirm={() => change.mutate(false)} />
        </>
      )}
      {!isOn && (
        <Button size="xs" aria-label={t("enableNamed", { name })} loading={change.isPending} onClick={() => change.mutate(true)}>
          {t("enable")}
        </Button>
      )}
      <SureButton words={t("rotate")} label={t("rotateNamed", { name })} what={t("rotateWhat")} busy={rotate.isPending} onConfirm={() => rotate.mutate(undefined)} />
      <SureButton words={t("delete")} label={t("deleteNamed", { name })} what={t("deleteWhat")} busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} />
      {error && <ErrorNotice error={error} />}
      <div role="status">
        {test.data && <p>{t("tested", { name, status: test.data.status_code })}</p>}
        {replay.data && <p>{t("replayed", { count: replay.data.replayed })}</p>}
      </div>
      {rotate.data && <Secret words={t("once")} value={rotate.data.signing_secret} />}
    </Row>
  );
}

function Facts({ endpoint }: { endpoint: EndpointShown }) {
  const { t } = useTranslation("webhooks");
  const { url, event_types, signing_secret_hint, failing_since, old_secret_until, disabled_reason } = endpoint;
  return (
    <>
      {t("facts", { url, events: event_types.join(", "), hint: signing_secret_hint })}
      {disabled_reason && ` ${t(`disabled.${disabled_reason as "gone"}`)}`}
      {!disabled_reason && failing_since && ` ${t("failing", { when: momentOf(failing_since) })}`}
      {old_secret_until && ` ${t("both", { when: momentOf(old_secret_until) })}`}
    </>
  );
}

/** Of an endpoint that is gone no delivery is asked for by itself any more: the list says which are left. */
function isListed({ queryKey }: Query): boolean {
  return queryKey[1] !== ONE;
}

/** Whatever is done to an endpoint changes how it is shown, and what was sent. */
function useEndpointDeed<Given, Told>(deed: (given: Given) => Promise<Told>, predicate?: (query: Query) => boolean) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: endpointsQuery.queryKey }), client.invalidateQueries({ queryKey: deliveriesKey, predicate })]),
  });
}

function lastDay(): { since: string; until: string; only_failed: boolean } {
  const now = Date.now();
  return { since: new Date(now - DAY_MS).toISOString(), until: new Date(now + DAY_MS).toISOString(), only_failed: false };
}
