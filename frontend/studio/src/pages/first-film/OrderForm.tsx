import { Button, Group, Radio, TextInput } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { Skeleton } from "@/components/Skeleton";
import type { Draft } from "@/lib/drafts";
import castStyles from "@/pages/cast/Cast.module.css";
import { CastErrorNotice } from "@/pages/cast/CastErrorNotice";
import { ConsentFields, consentOf } from "@/pages/cast/ConsentFields";
import { PhotoDrop } from "@/pages/cast/PhotoDrop";
import { useComparison } from "@/pages/cast/useComparison";
import { isUsable, referencesOf, usePhotos } from "@/pages/cast/usePhotos";

import styles from "./FirstFilm.module.css";
import type { FilmDraft } from "./filmDraft";
import { NO_SENTENCE } from "./sentence";
import { STORIES, UNCAST } from "./stories";
import { useFirstFilm } from "./useFirstFilm";

const TogetherPrice = lazy(async () => ({ default: (await import("@/pages/later")).TogetherPrice }));
const SentenceField = lazy(async () => ({ default: (await import("@/pages/later")).SentenceField }));

/** Whose face, which photos, which story; what broke off in the middle goes on from there. */
export function OrderForm({ draft }: { draft: Draft<FilmDraft> }) {
  const { t } = useTranslation("firstFilm");
  const state = usePhotos("first-film");
  const { name, consent, story, made, sentence = NO_SENTENCE } = draft.value;
  const given = consentOf(consent);
  const change = (more: Partial<FilmDraft>) => draft.set({ ...draft.value, ...more });
  const make = useFirstFilm(made, (now) => {
    if (now.characterId) state.release();
    change({ made: now });
  });
  const begun = made.characterId !== undefined;
  const { photos, busy } = useComparison(state.photos, given && { consent: given });
  const ready = begun || (given !== null && name.trim() !== "" && !busy && photos.length > 0 && photos.every(isUsable));
  const start = () => {
    const chosen = STORIES.find((one) => one.name === story);
    if (!chosen) return;
    const title = t(`stories.${chosen.name}`, { name: name.trim() });
    const order = { name: name.trim(), title, consent: given, references: referencesOf(state.photos), story: chosen, sentence };
    make.mutate(order, {
      onError: (error) => {
        if (error instanceof Problem && Array.isArray(error.body.photos)) state.judge(error.body.photos as Schemas["PhotoView"][]);
      },
    });
  };
  return (
    <>
      <p className="soft">{t(begun && !make.isPending ? "brokeOff" : "help", { name })}</p>
      {!begun && (
        <>
          <section className={castStyles.step} aria-label={t("whose")}>
            <ConsentFields draft={consent} onChange={(next) => change({ consent: next })} />
          </section>
          <section className={castStyles.step} aria-label={t("photos")}>
            <h2 className={castStyles.stepTitle}>{t("photos")}</h2>
            {given ? <PhotoDrop state={state} photos={photos} /> : <p className="soft">{t("consentFirst")}</p>}
          </section>
          <StoryFields draft={draft} onChange={change} />
          <section className={castStyles.step} aria-label={t("sentence")}>
            <Suspense fallback={<Skeleton height={64} />}>
              <SentenceField sentence={sentence} name={name} onChange={(next) => change({ sentence: next })} />
            </Suspense>
          </section>
        </>
      )}
      {make.error && <CastErrorNotice error={make.error} />}
      <Suspense fallback={null}>
        <TogetherPrice asked={{ uncast: UNCAST, pieces: begun ? {} : { enrolment: 1 } }} piece="enrolment" />
      </Suspense>
      <Group gap="xs">
        <Button size="md" disabled={!ready} loading={make.isPending} onClick={start}>
          {t(begun ? "goOn" : "make")}
        </Button>
        {begun && !make.isPending && (
          <Button size="md" variant="default" onClick={draft.drop}>
            {t("again")}
          </Button>
        )}
      </Group>
    </>
  );
}

function StoryFields({ draft, onChange }: { draft: Draft<FilmDraft>; onChange: (more: Partial<FilmDraft>) => void }) {
  const { t } = useTranslation("firstFilm");
  const { name, story } = draft.value;
  return (
    <section className={castStyles.step} aria-label={t("story")}>
      <TextInput label={t("name")} value={name} maxLength={80} onChange={(event) => onChange({ name: event.currentTarget.value })} />
      <Radio.Group label={t("story")} value={story} mt="md" onChange={(value) => onChange({ story: value as FilmDraft["story"] })}>
        <div className={styles.stories}>
          {STORIES.map((one) => (
            <Radio.Card key={one.name} value={one.name} className={styles.story}>
              <img src={`/static/backdrops/${one.shots[1]?.backdrop}.webp`} alt="" />
              <span>{t(`stories.${one.name}`, { name: name.trim() || "…" })}</span>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
    </section>
  );
}
