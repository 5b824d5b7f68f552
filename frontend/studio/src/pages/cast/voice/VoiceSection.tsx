import { Button, SegmentedControl, Switch } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Character } from "@/api/cast";
import { answer, api, type Schemas } from "@/api/client";
import { usePermission } from "@/api/permissions";
import { keys } from "@/api/queries";
import { ErrorNotice } from "@/components/ErrorNotice";
import { addEnglish } from "@/i18n";
import { speech as english } from "@/i18n/en/speech";
import { prepareVoices } from "@/pages/shot/lines/prepare";
import { useSpeaker } from "@/pages/shot/lines/useSpeaker";

import cast from "../Cast.module.css";
import styles from "./Voice.module.css";
import { VoiceConsent } from "./VoiceConsent";

addEnglish({ speech: english });

type Voice = Schemas["VoiceEntry"];

/** How a character speaks: a voice chosen by ear, or recordings of their own. */
export default function VoiceSection({ character }: { character: Character }) {
  const { t } = useTranslation("speech");
  const client = useQueryClient();
  const may = usePermission("change") !== false;
  const choose = useMutation({
    mutationFn: (body: Schemas["VoiceChosen"]) => answer(api.PUT("/v1/characters/{character_id}/voice", { params: { path: { character_id: character.id } }, body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.character(character.id) });
      void client.invalidateQueries({ queryKey: keys.characters });
    },
  });
  const { voice, own_recordings: alone } = character.voice;
  return (
    <section className={cast.step} aria-label={t("voice")}>
      <h2 className={cast.stepTitle}>{t("voice")}</h2>
      <p className="soft">{t("voiceHint")}</p>
      {choose.error && <ErrorNotice error={choose.error} />}
      <fieldset className="bare" disabled={!may}>
        <Switch
          mt="sm"
          label={t("ownRecordings")}
          description={t("ownRecordingsHint")}
          checked={alone}
          onChange={(event) => choose.mutate({ own_recordings: event.currentTarget.checked })}
        />
        {!alone && <Choice character={character} chosen={voice} onChoose={(name) => choose.mutate({ voice: name, own_recordings: false })} />}
      </fieldset>
      <VoiceConsent character={character} />
    </section>
  );
}

const LANGUAGES = ["", "en-US", "en-GB", "zh"] as const;
const SEXES = ["", "female", "male"] as const;
const AGES = ["child", "young", "middle_aged", "old"] as const;

function Choice({ character, chosen, onChoose }: { character: Character; chosen: string | null; onChoose: (name: string | null) => void }) {
  const { t } = useTranslation("speech");
  const [language, setLanguage] = useState<string>("");
  const [sex, setSex] = useState<string>("");
  const [age, setAge] = useState<string>("");
  const { data: voices = [], error } = useQuery({ queryKey: ["voices"], queryFn: async () => (await answer(api.GET("/v1/voices"))).data, staleTime: Infinity });
  const ages = AGES.filter((each) => voices.some((one) => one.age === each)); // of packaged voices nobody knows it
  const shown = voices.filter((one) => (language === "" || one.language === language) && (sex === "" || one.sex === sex) && (age === "" || one.age === age));
  return (
    <>
      <div className={styles.filters}>
        <SegmentedControl size="xs" aria-label={t("language")} value={language} onChange={setLanguage} data={LANGUAGES.map((one) => ({ value: one, label: one === "" ? t("all") : t(`languages.${one}`) }))} />
        <SegmentedControl size="xs" aria-label={t("sex")} value={sex} onChange={setSex} data={SEXES.map((one) => ({ value: one, label: one === "" ? t("all") : t(`sexes.${one}`) }))} />
        {ages.length > 0 && <SegmentedControl size="xs" aria-label={t("age")} value={age} onChange={setAge} data={["" as const, ...ages].map((one) => ({ value: one, label: one === "" ? t("all") : t(`ages.${one}`) }))} />}
      </div>
      {error && <ErrorNotice error={error} />}
      <p className="faint" role="status">
        {shown.length > 0 ? t("voices", { count: shown.length }) : t("noVoices")}
      </p>
      <Samples character={character} voices={shown} chosen={chosen} onChoose={onChoose} />
      {chosen !== null && (
        <Button size="xs" mt="sm" variant="default" onClick={() => onChoose(null)}>
          {t("anyVoice")}
        </Button>
      )}
    </>
  );
}

interface SamplesProps {
  character: Character;
  voices: readonly Voice[];
  chosen: string | null;
  onChoose: (name: string) => void;
}

/** Each voice says the character's name. */
function Samples({ character, voices, chosen, onChoose }: SamplesProps) {
  const { t } = useTranslation("speech");
  const speaker = useSpeaker();
  const saying = useMutation({
    mutationFn: (voice: Voice) => {
      const text = t(`samples.${voice.language === "zh" ? "zh" : "en"}`, { name: character.name });
      return answer(api.POST("/v1/speech", { body: { text, voice: voice.name } as Schemas["SpeechCreate"] }));
    },
    onSuccess: (told, voice) => speaker.play(voice.name, told.url),
  });
  const ready = (voice: Voice) => prepareVoices([voice.language === "zh" ? "zh" : "en-US"]);
  const hear = (voice: Voice) => (speaker.playing === voice.name ? speaker.stop() : saying.mutate(voice));
  return (
    <>
      {saying.error && <ErrorNotice error={saying.error} />}
      <ul className={`bare ${styles.voices}`}>
        {voices.map((voice) => (
          <li key={voice.name} className={styles.voice} data-chosen={voice.name === chosen || undefined}>
            <span>
              <strong>{voice.title}</strong>
              <span className="faint">
                {" "}
                {t(`languages.${voice.language as "zh"}`)} · {t(`sexes.${voice.sex}`)}
                {voice.age !== "unknown" && ` · ${t(`ages.${voice.age}`)}`}
              </span>
            </span>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t(speaker.playing === voice.name ? "stop" : "sample", { voice: voice.title })}
              loading={saying.isPending && saying.variables.name === voice.name}
              onFocus={() => ready(voice)}
              onPointerEnter={() => ready(voice)}
              onClick={() => hear(voice)}
            >
              {speaker.playing === voice.name ? <IconPlayerStopFilled size={14} aria-hidden /> : <IconPlayerPlayFilled size={14} aria-hidden />}
            </Button>
            <Button size="compact-xs" variant={voice.name === chosen ? "filled" : "default"} aria-pressed={voice.name === chosen} aria-label={t(voice.name === chosen ? "chosenVoice" : "choose", { voice: voice.title })} onClick={() => onChoose(voice.name)}>
              {t(voice.name === chosen ? "chosen" : "chooseIt")}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
