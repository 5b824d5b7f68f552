import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import { ErrorNotice } from "@/pieces/ErrorNotice";

import styles from "./Account.module.css";
import { Row } from "./Row";

const KEY = ["sessions"];

/** Where one is signed in; any of it can be ended. */
export function Sessions() {
  const { t, i18n } = useTranslation("account");
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: KEY, queryFn: async () => (await answer(api.GET("/sessions"))).data });
  const end = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
  return (
    <>
      {(error ?? end.error) && <ErrorNotice error={error ?? end.error} />}
      <ul className={`bare ${styles.rows}`}>
        {data?.map((one) => (
          <Row
            key={one.id}
            title={one.current ? t("thisBrowser") : (one.browser || t("someBrowser"))}
            facts={`${one.address ?? ""} · ${new Date(one.created_at).toLocaleString(i18n.language)}`}
          >
            {!one.current && (
              <Button size="xs" variant="default" onClick={() => end.mutate(one.id)}>
                {t("end")}
              </Button>
            )}
          </Row>
        ))}
      </ul>
    </>
  );
}
