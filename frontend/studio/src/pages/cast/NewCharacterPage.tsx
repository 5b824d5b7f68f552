import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { keys } from "@/api/queries";
import { usePlace } from "@/lib/crumbs";
import { useDraft } from "@/lib/drafts";
import { say } from "@/lib/toasts";
import { ChangersOnly } from "@/components/ChangersOnly";

import styles from "./Cast.module.css";
import { CastErrorNotice } from "./CastErrorNotice";
import { ConsentFields, consentOf, NO_CONSENT } from "./ConsentFields";
import { PhotoDrop } from "./PhotoDrop";
import { useComparison } from "./useComparison";
import { isUsable, referencesOf, usePhotos } from "./usePhotos";

const TogetherPrice = lazy(async () => ({ default: (await import("@/pages/later")).TogetherPrice }));

/** Cast somebody: consent first, then photos, then a name. */
export function NewCharacterPage() {
  const { t } = useTranslation("cast");
  const { t: shell } = useTranslation("shell");
  usePlace([{ words: shell("cast"), to: "/cast" }, { words: t("castSomeone") }]);
  return (
    <ChangersOnly>
      <NewCharacter />
    </ChangersOnly>
  );
}

function NewCharacter() {
  const { t } = useTranslation("cast");
  const { searchStr } = useLocation();
  const asked = new URLSearchParams(searchStr).get("name") ?? "";
  const draft = useDraft("cast.new", { name: asked, consent: NO_CONSENT });
  const state = usePhotos("cast.new");
  const consent = consentOf(draft.value.consent);
  const { photos, busy } = useComparison(state.photos, consent && { consent });
  const name = draft.value.name || asked;
  const cast = useEnrol(state, () => {
    draft.drop();
    state.release();
  });
  const ready = consent !== null && name.trim() !== "" && !busy && photos.length > 0 && photos.every(isUsable);
  return (
    <div className={`page ${styles.enrol}`}>
      <h1>{t("castSomeone")}</h1>
      <Step number={1} title={t("stepConsent")}>
        <ConsentFields draft={draft.value.consent} onChange={(next) => draft.set({ name, consent: next })} />
      </Step>
      <Step number={2} title={t("stepPhotos")} waits={consent === null ? t("consentFirst") : undefined}>
        <PhotoDrop state={state} photos={photos} />
      </Step>
      <Step number={3} title={t("stepName")} waits={consent === null ? t("consentFirst") : undefined}>
        <TextInput
          label={t("name")}
          value={name}
          maxLength={80}
          onChange={(event) => draft.set({ name: event.currentTarget.value, consent: draft.value.consent })}
        />
        {cast.error && <CastErrorNotice error={cast.error} />}
        <Button
          mt="md"
          disabled={!ready}
          loading={cast.isPending}
          onClick={() => consent && cast.mutate({ name: name.trim(), consent, references: referencesOf(state.photos), hidden: false, allow_duplicate_name: false })}
        >
          {name.trim() ? t("castName", { name: name.trim() }) : t("castSomeone")}
        </Button>
        <Suspense fallback={null}>
          <TogetherPrice asked={{ pieces: { enrolment: 1 } }} piece="enrolment" />
        </Suspense>
        {photos.some((photo) => (photo.verdict || photo.error) && !isUsable(photo)) && <p className={`soft ${styles.mend}`}>{t("mendPhotos")}</p>}
      </Step>
    </div>
  );
}

function useEnrol(state: ReturnType<typeof usePhotos>, onDone: () => void) {
  const { t } = useTranslation("cast");
  const client = useQueryClient();
  const { history } = useRouter();
  return useMutation({
    mutationFn: (body: Schemas["CharacterCreate"]) => answer(api.POST("/v1/characters", { body })),
    onSuccess: (character) => {
      onDone();
      void client.invalidateQueries({ queryKey: keys.characters });
      say(t("done", { name: character.name }), { tone: "good" });
      history.push(`/cast/${character.id}`);
    },
    onError: (error) => {
      if (error instanceof Problem && Array.isArray(error.body.photos)) state.judge(error.body.photos as Schemas["PhotoView"][]);
    },
  });
}

function Step({ number, title, waits, children }: { number: number; title: string; waits?: string; children: React.ReactNode }) {
  return (
    <section className={styles.step} aria-label={title} data-waits={waits !== undefined || undefined}>
      <h2 className={styles.stepTitle}>
        <span className={styles.stepNumber}>{number}</span> {title}
      </h2>
      {waits === undefined ? children : <p className="soft">{waits}</p>}
    </section>
  );
}
