import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { addEnglish } from "@/i18n";
import { firstFilm } from "@/i18n/en/firstFilm";
import { usePlace } from "@/lib/crumbs";
import { useDraft, type Draft } from "@/lib/drafts";
import castStyles from "@/pages/cast/Cast.module.css";
import { ChangersOnly } from "@/components/ChangersOnly";
import { SkeletonRows } from "@/components/Skeleton";

import { EMPTY_DRAFT, type FilmDraft } from "./filmDraft";
import { OrderForm } from "./OrderForm";

const Watch = lazy(async () => ({ default: (await import("./Watch")).Watch }));

addEnglish({ firstFilm });

/** A few photos become a film of five shots, on one page. */
export function FirstFilmPage() {
  const { t } = useTranslation("firstFilm");
  usePlace([{ words: t("title") }]);
  return (
    <ChangersOnly>
      <FirstFilm />
    </ChangersOnly>
  );
}

function FirstFilm() {
  const { t } = useTranslation("firstFilm");
  const draft: Draft<FilmDraft> = useDraft("first-film", EMPTY_DRAFT);
  const { projectId, submitted } = draft.value.made;
  return (
    <div className={`page ${castStyles.enrol}`}>
      <h1>{t("title")}</h1>
      {projectId && submitted ? (
        <Suspense fallback={<SkeletonRows count={3} height={58} />}>
          <Watch projectId={projectId} refusals={submitted.refusals} onAgain={draft.drop} />
        </Suspense>
      ) : (
        <OrderForm draft={draft} />
      )}
    </div>
  );
}
