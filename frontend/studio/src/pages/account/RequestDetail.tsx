import { Button, Modal, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";
import { momentOf } from "@/lib/dates";

import accountStyles from "./Account.module.css";
import { headersOf, type Mode } from "./mode";
import styles from "./RequestLog.module.css";
import { requestQuery } from "./requests";

type Detail = Schemas["LoggedRequestDetail"];

/** One request with its bodies. In test mode it can be asked again. */
export function RequestDetail({ mode, id, onClose }: { mode: Mode; id: string; onClose: () => void }) {
  const { t } = useTranslation("requests");
  const { t: common } = useTranslation("common");
  const { data, error, refetch } = useQuery(requestQuery(mode, id));
  return (
    <Modal opened onClose={onClose} size="xl" title={data ? `${data.method} ${data.path}` : t("one", { id })} closeButtonProps={{ "aria-label": common("close") }}>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={4} height={40} />}
      {data && <Facts request={data} />}
      {data && <BodyPart title={t("asked")} body={data.request} />}
      {data && <BodyPart title={t("answered")} body={data.response} />}
      {data && mode === "test" && <Again id={id} />}
    </Modal>
  );
}

function Facts({ request }: { request: Detail }) {
  const { t } = useTranslation("requests");
  return (
    <dl className={accountStyles.facts}>
      <dt>{t("request")}</dt>
      <dd>{request.id}</dd>
      <dt>{t("when")}</dt>
      <dd>{momentOf(request.at, "medium")}</dd>
      <dt>{t("status")}</dt>
      <dd>
        {request.status} · {t("msValue", { ms: Math.round(request.ms) })}
      </dd>
      <dt>{t("route")}</dt>
      <dd>{request.route}</dd>
      {request.query && <dt>{t("query")}</dt>}
      {request.query && <dd>{request.query}</dd>}
      {request.code && <dt>{t("code")}</dt>}
      {request.code && (
        <dd>
          {request.code} · <a href={`/docs/errors#${request.code}`}>{t("codeHelp")}</a>
        </dd>
      )}
    </dl>
  );
}

function BodyPart({ title, body }: { title: string; body: Schemas["LoggedBody"] | null }) {
  const { t } = useTranslation("requests");
  return (
    <section className={styles.part}>
      {body ? <Text name={title} text={body.text} /> : <p className="faint">{`${title}: ${t("noBody")}`}</p>}
      {body?.cut && <p className="faint">{t("cut")}</p>}
    </section>
  );
}

/** A field that is read: it is reached, scrolled and copied with the keyboard. */
function Text({ name, text }: { name: string; text: string }) {
  return (
    <Textarea classNames={{ input: styles.body }} label={name} value={indented(text)} readOnly autosize maxRows={16} />
  );
}

function Again({ id }: { id: string }) {
  const { t } = useTranslation("requests");
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => answer(api.POST("/v1/requests/{request_id}/replay", { params: { path: { request_id: id } }, headers: headersOf("test") })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["requests", "test"] }),
  });
  return (
    <section className={styles.part}>
      <Button onClick={() => again.mutate()} loading={again.isPending}>
        {t("again")}
      </Button>
      <p className="faint">{t("againHelp")}</p>
      {again.error && <ErrorNotice error={again.error} />}
      {again.data && <p role="status">{t("againAnswered", { status: again.data.status, id: again.data.id })}</p>}
      {again.data?.body && <Text name={t("answered")} text={again.data.body} />}
    </section>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // it was cut off, or is no JSON
  }
}
