import { Button, Group } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { momentOf } from "@/lib/dates";
import { hangUp } from "@/lib/events";

import styles from "./Account.module.css";

type Certificate = Schemas["OrganisationDeletionCertificate"];
const LOOK_AGAIN_MS = 3000;

/** What goes of an organisation, and when the last of it was gone; nobody is signed in any more while it is shown. */
export function DeletionCertificate({ name, certificate }: { name: string; certificate: Certificate }) {
  const { t } = useTranslation("account");
  useEffect(hangUp, []);
  const { data = certificate } = useQuery({
    queryKey: ["organisation-deletion", certificate.id],
    queryFn: () => answer(api.GET("/v1/organisation-deletions/{deletion_id}", { params: { path: { deletion_id: certificate.id } } })),
    initialData: certificate,
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : LOOK_AGAIN_MS),
  });
  const { erased } = data;
  const rows = Object.values(erased.rows).reduce((sum, count) => sum + count, 0);
  return (
    <div className={styles.certificate}>
      <p role="status">
        {data.finished_at ? (
          <>
            <IconCheck size={16} aria-hidden /> {t("organisationGone", { name, when: momentOf(data.finished_at, "medium") })}
          </>
        ) : (
          t("organisationGoing", { name })
        )}
      </p>
      <dl className={styles.facts}>
        <dt>{t("erasedRows")}</dt>
        <dd>{rows}</dd>
        <dt>{t("erasedFiles")}</dt>
        <dd>{t("erasedFilesWords", { files: erased.files, photos: erased.photos.length })}</dd>
        <dt>{t("cancelledTakes")}</dt>
        <dd>{erased.cancelled_takes.length}</dd>
        <dt>{t("certificateId")}</dt>
        <dd className="mono">{data.id}</dd>
        <dt>SHA-256</dt>
        <dd className={`mono ${styles.hash}`}>{data.sha256}</dd>
      </dl>
      <Group gap="xs">
        <Button onClick={() => keep(data)}>{t("keepCertificate")}</Button>
        <Button variant="default" onClick={() => location.assign("/sign-in")}>
          {t("leave")}
        </Button>
      </Group>
    </div>
  );
}

/** Save the certificate as a file: it cannot be asked for again without its id. */
function keep(certificate: Certificate): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(certificate, null, 2)], { type: "application/json" }));
  link.download = `${certificate.id}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
