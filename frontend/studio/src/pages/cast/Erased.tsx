import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { momentOf } from "@/lib/dates";
import { EmptyState } from "@/components/EmptyState";

interface Props {
  name: string;
  certificate: Schemas["DeletionCertificate"];
  onClose: () => void;
}

/** What went, as the certificate says it. */
export function Erased({ name, certificate, onClose }: Props) {
  const { t } = useTranslation("cast");
  const { erased } = certificate;
  return (
    <EmptyState title={t("erased", { name })} actions={<Button onClick={onClose}>{t("toCast")}</Button>}>
      <p>{t("erasedWhat", { photos: erased.photos.length, takes: erased.blocked_takes.length })}</p>
      <p className="mono">
        {certificate.id} · {momentOf(certificate.deleted_at, "medium")}
      </p>
      <p className="mono" style={{ overflowWrap: "anywhere" }}>
        SHA-256 {certificate.sha256}
      </p>
    </EmptyState>
  );
}
