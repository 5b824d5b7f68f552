import { Anchor } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api } from "@/api/client";
import { goTo } from "@/api/me";
import { ErrorNotice } from "@/components/ErrorNotice";

/** What shows that they agreed: words, a link, a file to save. */
export function ConsentEvidence({ consent }: { consent: NonNullable<Character["consent"]> }) {
  const { evidence, evidence_asset_id: assetId } = consent;
  if (!evidence && !assetId) return null;
  return (
    <div className="soft">
      {evidence && /^https?:\/\//.test(evidence) ? (
        <Anchor href={evidence} target="_blank" rel="noreferrer" inherit>
          {evidence}
        </Anchor>
      ) : (
        evidence
      )}
      {assetId && <Release assetId={assetId} />}
    </div>
  );
}

/** The store's link lives a few minutes, so it is asked for when it is wanted. */
function Release({ assetId }: { assetId: string }) {
  const { t } = useTranslation("cast");
  const opening = useMutation({
    mutationFn: () => answer(api.GET("/v1/assets/{asset_id}", { params: { path: { asset_id: assetId } } })),
    onSuccess: ({ url }) => url && goTo(url),
  });
  return (
    <>
      {" "}
      <Anchor component="button" type="button" inherit onClick={() => opening.mutate()}>
        {t("evidenceSave")}
      </Anchor>
      {opening.error && <ErrorNotice error={opening.error} />}
    </>
  );
}
