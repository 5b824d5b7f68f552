import { FileButton, Loader } from "@mantine/core";
import { IconPhotoUp, IconUserSquare } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";
import type { Shot, ShotChange } from "@/api/film";
import { keys } from "@/api/queries";
import { uploadFile } from "@/lib/uploads";
import { ErrorNotice } from "@/components/ErrorNotice";

import { FromScene } from "./FromScene";
import styles from "./PlateField.module.css";

const COLOURS = [
  { words: "dusk", top: "#38364f", bottom: "#b0705a" },
  { words: "slate", top: "#203040", bottom: "#0c1016" },
  { words: "paper", top: "#efe9de", bottom: "#c9beac" },
  { words: "green", top: "#5d8f63", bottom: "#24452f" },
] as const;

type Plate = Shot["staged"]["plate"];

interface Props {
  shot: Shot;
  /** Of its scene. */
  plate: Plate | null | undefined;
  onChange: (change: ShotChange) => void;
}

/** What is behind the people: the shot's own choice, else its scene's. */
export function PlateField({ shot, plate, onChange }: Props) {
  const { t } = useTranslation("shot");
  const words = usePlateWords();
  const scenes = plate ?? { kind: "reference" as const };
  return (
    <PlateChoices id={shot.id} about={shot.prompt} plate={shot.plate ?? scenes} onChoose={(next) => onChange({ plate: next })}>
      <FromScene own={shot.plate} words={words(scenes) ?? t("plateUploaded")} onTake={() => onChange({ plate: null })} />
    </PlateChoices>
  );
}

interface ChoicesProps {
  id: string;
  /** Words that suggest a backdrop. */
  about: string;
  plate: Plate | { kind: string };
  onChoose: (plate: Plate) => void;
  children?: ReactNode;
}

/** The photo's own background, a picture of one's own, one of the studio's backdrops, a colour. */
export function PlateChoices({ id, about, plate, onChoose, children }: ChoicesProps) {
  const { t, i18n } = useTranslation("shot");
  const backdrops = useBackdrops(about);
  const told = JSON.stringify(plate);
  const isChosen = (one: Plate) => told === JSON.stringify(one);
  return (
    <fieldset className="bare">
      <legend className="field-name">{t("plate")}</legend>
      <div className={styles.grid}>
        <Choice id={id} words={t("plateOwn")} chosen={plate.kind === "reference"} onChoose={() => onChoose({ kind: "reference" })}>
          <IconUserSquare size={24} aria-hidden />
        </Choice>
        <UploadedChoice chosen={plate.kind === "image"} onChoose={(asset_id) => onChoose({ kind: "image", asset_id })} />
        {backdrops.map(({ name, title, suggested }) => (
          <Choice
            key={name}
            id={id}
            words={i18n.language.startsWith("zh") ? title.zh : title.en}
            suggested={suggested}
            chosen={isChosen({ kind: "backdrop", name })}
            onChoose={() => onChoose({ kind: "backdrop", name })}
          >
            <img src={`/static/backdrops/${name}.webp`} alt="" loading="lazy" decoding="async" />
          </Choice>
        ))}
        {COLOURS.map(({ words, top, bottom }) => (
          <Choice
            key={words}
            id={id}
            words={t(`colours.${words}`)}
            chosen={isChosen({ kind: "colour", top, bottom })}
            onChoose={() => onChoose({ kind: "colour", top, bottom })}
          >
            <span className={styles.colour} style={{ background: `linear-gradient(${top}, ${bottom})` }} />
          </Choice>
        ))}
      </div>
      {children}
    </fieldset>
  );
}

/** What a plate is called; undefined for a picture of one's own. */
export function usePlateWords(): (plate: Plate) => string | undefined {
  const { t, i18n } = useTranslation("shot");
  const backdrops = useBackdrops("");
  return (plate) => {
    if (plate.kind === "reference") return t("plateOwn");
    if (plate.kind === "image") return undefined;
    if (plate.kind === "colour") {
      const known = COLOURS.find((one) => one.top === plate.top && one.bottom === plate.bottom);
      return known ? t(`colours.${known.words}`) : plate.top;
    }
    const title = backdrops.find((one) => one.name === plate.name)?.title;
    return i18n.language.startsWith("zh") ? title?.zh : title?.en;
  };
}

/** Every backdrop; those that fit the prompt's place words come first. */
function useBackdrops(prompt: string) {
  const { data: all = [] } = useQuery({
    queryKey: keys.backdrops,
    queryFn: async () => (await answer(api.GET("/v1/backdrops"))).data,
    staleTime: Infinity,
  });
  const { data: suggested = [] } = useQuery({
    queryKey: [...keys.backdrops, "suggest", prompt],
    queryFn: async () => (await answer(api.GET("/v1/backdrops/suggest", { params: { query: { prompt } } }))).data,
    enabled: prompt.length > 0,
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
  const rank = (name: string) => (suggested.includes(name) ? suggested.indexOf(name) : suggested.length);
  return all
    .map((backdrop) => ({ ...backdrop, suggested: suggested.includes(backdrop.name) }))
    .toSorted((a, b) => rank(a.name) - rank(b.name));
}

interface ChoiceProps {
  id: string;
  words: string;
  chosen: boolean;
  suggested?: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function Choice({ id, words, chosen, suggested = false, onChoose, children }: ChoiceProps) {
  const { t } = useTranslation("shot");
  return (
    <label className={styles.choice} title={words}>
      <input type="radio" className="unseen" name={`plate-${id}`} checked={chosen} onChange={onChoose} />
      <span className={styles.picture}>{children}</span>
      <span className={styles.words}>{words}</span>
      {suggested && <span className={styles.suggested}>{t("suggested")}</span>}
    </label>
  );
}

/** A picture of one's own. */
function UploadedChoice({ chosen, onChoose }: { chosen: boolean; onChoose: (assetId: string) => void }) {
  const { t } = useTranslation("shot");
  const sending = useMutation({ mutationFn: (file: File) => uploadFile(file, "plate"), onSuccess: (asset) => onChoose(asset.id) });
  return (
    <>
      <FileButton accept="image/*" onChange={(file) => file && sending.mutate(file)}>
        {(props) => (
          <button
            type="button"
            {...props}
            className={`plain ${styles.choice}`}
            data-chosen={chosen || undefined}
            aria-pressed={chosen}
          >
            <span className={styles.picture}>{sending.isPending ? <Loader size={18} /> : <IconPhotoUp size={24} aria-hidden />}</span>
            <span className={styles.words}>{t(chosen ? "plateUploaded" : "plateUpload")}</span>
          </button>
        )}
      </FileButton>
      {sending.error && (
        <div className={styles.error}>
          <ErrorNotice error={sending.error} />
        </div>
      )}
    </>
  );
}
