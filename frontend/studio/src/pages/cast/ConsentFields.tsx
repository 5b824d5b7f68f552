import { Button, FileButton, Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { uploadFile } from "@/lib/uploads";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Skeleton } from "@/components/Skeleton";

const DayField = lazy(() => import("@/components/DayField"));

export interface ConsentDraft {
  kind: Schemas["ConsentGiven"]["kind"] | "";
  by: string;
  evidence: string;
  evidenceAsset: string;
  /** `YYYY-MM-DD`, or empty. */
  until: string;
}

export const NO_CONSENT: ConsentDraft = { kind: "", by: "", evidence: "", evidenceAsset: "", until: "" };
const KINDS = ["own", "permission", "guardian", "invented"] as const;

/** What the API is told; null while it says too little. */
export function consentOf(draft: ConsentDraft): Schemas["ConsentGiven"] | null {
  const by = draft.by.trim();
  if (!draft.kind || (draft.kind !== "invented" && !by)) return null;
  if (draft.kind === "permission" && !draft.evidence.trim() && !draft.evidenceAsset) return null;
  return {
    kind: draft.kind,
    by: by || "nobody real",
    scope: "any film of this organisation",
    evidence: draft.evidence.trim() || null,
    evidence_asset_id: draft.evidenceAsset || null,
    expires_at: draft.until ? `${draft.until}T23:59:59Z` : null,
  };
}

interface Props {
  draft: ConsentDraft;
  onChange: (draft: ConsentDraft) => void;
  /** What of the person is used. */
  of?: "face" | "voice";
}

/** Whose face it is, and who allows its use: asked before anything else. */
export function ConsentFields({ draft, onChange, of = "face" }: Props) {
  const { t } = useTranslation("cast");
  const real = draft.kind !== "" && draft.kind !== "invented";
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t(of === "face" ? "whose" : "whoseVoice")}
        value={draft.kind}
        onChange={(kind) => onChange({ ...draft, kind: kind as ConsentDraft["kind"] })}
      >
        <Stack gap={8} mt={6}>
          {KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={t(of === "face" ? `kindsLong.${kind}` : `kindsOfVoice.${kind}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {real && (
        <TextInput
          label={t(draft.kind === "own" ? "yourName" : draft.kind === "guardian" ? "guardianName" : "theirName")}
          value={draft.by}
          maxLength={200}
          required
          onChange={(event) => onChange({ ...draft, by: event.currentTarget.value })}
        />
      )}
      {draft.kind === "permission" && <Evidence draft={draft} onChange={onChange} />}
      {real && (
        <Suspense fallback={<Skeleton height={64} />}>
          <DayField label={t("until")} description={t("untilHint")} value={draft.until} onChange={(until) => onChange({ ...draft, until })} />
        </Suspense>
      )}
    </Stack>
  );
}

function Evidence({ draft, onChange }: Props) {
  const { t } = useTranslation("cast");
  const sending = useMutation({
    mutationFn: (file: File) => uploadFile(file, "evidence"),
    onSuccess: (asset) => onChange({ ...draft, evidenceAsset: asset.id }),
  });
  return (
    <>
      <Textarea
        label={t("evidence")}
        description={t("evidenceHint")}
        autosize
        minRows={1}
        maxLength={4000}
        value={draft.evidence}
        onChange={(event) => onChange({ ...draft, evidence: event.currentTarget.value })}
      />
      <FileButton accept="application/pdf,image/jpeg,image/png" onChange={(file) => file && sending.mutate(file)}>
        {(props) => (
          <Button {...props} variant="default" size="xs" loading={sending.isPending} style={{ alignSelf: "flex-start" }}>
            {t(draft.evidenceAsset ? "evidenceSent" : "evidenceFile")}
          </Button>
        )}
      </FileButton>
      {sending.error && <ErrorNotice error={sending.error} />}
    </>
  );
}
