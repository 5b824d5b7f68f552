import { useTranslation } from "react-i18next";

import { usePlace } from "@/lib/crumbs";
import { useDraft, type Draft } from "@/lib/drafts";
import castStyles from "@/pages/cast/Cast.module.css";
import { NO_CONSENT, type ConsentDraft } from "@/pages/cast/ConsentFields";
import { ChangersOnly } from "@/components/ChangersOnly";

import { OrderForm } from "./OrderForm";
import type { Story } from "./stories";
import type { Made } from "./useFirstFilm";
import { Watch } from "./Watch";

/** What is filled in, and how far the film has come. */
export interface FilmDraft {
  name: string;
  story: Story["name"];
  consent: ConsentDraft;
  made: Made;
}

const EMPTY: FilmDraft = { name: "", story: "birthday", consent: { ...NO_CONSENT, kind: "guardian" }, made: {} };

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
  const draft: Draft<FilmDraft> = useDraft("first-film", EMPTY);
  const { projectId, submitted } = draft.value.made;
  return (
    <div className={`page ${castStyles.enrol}`}>
      <h1>{t("title")}</h1>
      {projectId && submitted ? (
        <Watch projectId={projectId} refusals={submitted.refusals} onAgain={draft.drop} />
      ) : (
        <OrderForm draft={draft} />
      )}
    </div>
  );
}
