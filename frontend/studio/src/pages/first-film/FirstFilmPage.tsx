import { Button, Radio, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { usePlace } from "@/lib/crumbs";
import { useDraft } from "@/lib/drafts";
import castStyles from "@/pages/cast/Cast.module.css";
import { ConsentFields, consentOf, NO_CONSENT } from "@/pages/cast/ConsentFields";
import { PhotoDrop } from "@/pages/cast/PhotoDrop";
import { isUsable, referencesOf, usePhotos } from "@/pages/cast/usePhotos";
import { ErrorNotice } from "@/pieces/ErrorNotice";

import styles from "./FirstFilm.module.css";
import { STORIES } from "./stories";
import { useFirstFilm } from "./useFirstFilm";
import { Watch } from "./Watch";

const EMPTY = { name: "", story: STORIES[0]?.name ?? "birthday", consent: { ...NO_CONSENT, kind: "guardian" as const }, film: "" };

/** A few photos become a film of five shots, on one page. */
export function FirstFilmPage() {
  const { t } = useTranslation("firstFilm");
  const draft = useDraft("first-film", EMPTY as Omit<typeof EMPTY, "consent"> & { consent: typeof NO_CONSENT });
  usePlace([{ words: t("title") }]);
  return (
    <div className={`page ${castStyles.enrol}`}>
      <h1>{t("title")}</h1>
      {draft.value.film ? <Watch projectId={draft.value.film} onAgain={draft.drop} /> : <Order draft={draft} />}
    </div>
  );
}

function Order({ draft }: { draft: ReturnType<typeof useDraft<Omit<typeof EMPTY, "consent"> & { consent: typeof NO_CONSENT }>> }) {
  const { t } = useTranslation("firstFilm");
  const state = usePhotos();
  const { name, consent, story } = draft.value;
  const given = consentOf(consent);
  const change = (more: Partial<typeof draft.value>) => draft.set({ ...draft.value, ...more });
  const make = useFirstFilm((film) => change({ film }));
  const chosen = STORIES.find((one) => one.name === story) ?? STORIES[0];
  const ready = given !== null && name.trim() !== "" && state.photos.length > 0 && state.photos.every(isUsable);
  const start = () => {
    if (!given || !chosen) return;
    const title = t(`stories.${chosen.name}`, { name: name.trim() });
    make.mutate(
      { name: name.trim(), title, consent: given, references: referencesOf(state.photos), story: chosen },
      {
        onError: (error) => {
          if (error instanceof Problem && Array.isArray(error.body.photos)) state.judge(error.body.photos as Schemas["PhotoView"][]);
        },
      },
    );
  };
  return (
    <>
      <p className="soft">{t("help")}</p>
      <section className={castStyles.step} aria-label={t("whose")}>
        <ConsentFields draft={consent} onChange={(next) => change({ consent: next })} />
      </section>
      <section className={castStyles.step} aria-label={t("photos")}>
        <h2 className={castStyles.stepTitle}>{t("photos")}</h2>
        {given ? <PhotoDrop state={state} /> : <p className="soft">{t("consentFirst")}</p>}
      </section>
      <section className={castStyles.step} aria-label={t("story")}>
        <TextInput label={t("name")} value={name} maxLength={80} onChange={(event) => change({ name: event.currentTarget.value })} />
        <Radio.Group label={t("story")} value={story} mt="md" onChange={(value) => change({ story: value as typeof story })}>
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
      {make.error && <ErrorNotice error={make.error} />}
      <Button size="md" disabled={!ready} loading={make.isPending} onClick={start}>
        {t("make")}
      </Button>
    </>
  );
}
