import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";
import { browserName } from "@/lib/browserName";
import { momentOf } from "@/lib/dates";
import { ErrorNotice } from "@/components/ErrorNotice";
import { SkeletonRows } from "@/components/Skeleton";

import styles from "./Account.module.css";
import { Row } from "./Row";

const WAYS = ["password", "oidc", "link"] as const;

/** Where one is signed in; any of it can be ended. */
export function Sessions() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: keys.sessions, queryFn: async () => (await answer(api.GET("/v1/sessions"))).data });
  const end = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  return (
    <>
      <p className="soft">{t("sessionsHelp")}</p>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {end.error && <ErrorNotice error={end.error} />}
      {!data && !error && <SkeletonRows count={2} height={58} />}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((one) => {
          const browser = wordsOf(one, t);
          return (
            <Row
              key={one.id}
              title={one.current ? t("thisBrowser", { browser }) : browser}
              facts={[one.address, wayOf(one, t), t("begun", { when: momentOf(one.created_at) }), t("lastSeen", { when: momentOf(one.last_seen_at) })]
                .filter(Boolean)
                .join(" · ")}
            >
              {!one.current && (
                <Button
                  size="xs"
                  variant="default"
                  aria-label={t("endSession", { browser, when: momentOf(one.created_at) })}
                  loading={end.isPending && end.variables === one.id}
                  onClick={() => end.mutate(one.id)}
                >
                  {t("end")}
                </Button>
              )}
            </Row>
          );
        })}
      </ul>
      {data?.length === 1 && <p className={`faint ${styles.after}`}>{t("sessionsAlone")}</p>}
    </>
  );
}

/** `Chromium on Linux`. */
function wordsOf(session: Schemas["SessionView"], t: TFunction<"account">): string {
  const named = browserName(session.browser);
  if (!named) return t("someBrowser");
  return named.system ? t("browserOn", { browser: named.browser, system: named.system }) : named.browser;
}

function wayOf(session: Schemas["SessionView"], t: TFunction<"account">): string {
  const way = WAYS.find((one) => one === session.way);
  return way ? t(`ways.${way}`) : "";
}
