import { Button, Radio, Stack, Textarea } from "@mantine/core";
import { IconMicrophone, IconX } from "@tabler/icons-react";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "@/components/ErrorNotice";
import { addEnglish } from "@/i18n";
import { speech as english } from "@/i18n/en/speech";
import type { Asset } from "@/lib/uploads";
import { MOST_CHARACTERS } from "@/pages/shot/lines/lines";
import { Recorder } from "@/pages/shot/lines/Recorder";
import { useRecording } from "@/pages/shot/lines/useRecording";

import type { Sentence } from "./sentence";

addEnglish({ speech: english });

interface Props {
  sentence: Sentence;
  name: string;
  onChange: (sentence: Sentence) => void;
}

/** One sentence for the film, and who says it: a narrator, or the hero in a recording of their own. */
export default function SentenceField({ sentence, name, onChange }: Props) {
  const { t } = useTranslation("firstFilm");
  return (
    <Stack gap="sm">
      <Textarea
        label={t("sentence")}
        description={t("sentenceHint")}
        autosize
        minRows={1}
        maxLength={MOST_CHARACTERS}
        value={sentence.text}
        onChange={(event) => onChange({ ...sentence, text: event.currentTarget.value })}
      />
      {sentence.text.trim() !== "" && (
        <>
          <Radio.Group label={t("sayer")} value={sentence.by} onChange={(by) => onChange({ ...sentence, by: by as Sentence["by"] })}>
            <Stack gap={8} mt={6}>
              <Radio value="narrator" label={t("sayers.narrator")} />
              <Radio value="hero" label={t("sayers.hero", { name: name.trim() || "…" })} />
            </Stack>
          </Radio.Group>
          {sentence.by === "hero" && <OwnVoice sentence={sentence} onChange={onChange} />}
        </>
      )}
    </Stack>
  );
}

function OwnVoice({ sentence, onChange }: Omit<Props, "name">) {
  const { t } = useTranslation("firstFilm");
  const { t: speech } = useTranslation("speech");
  const latest = useRef({ sentence, onChange });
  useEffect(() => {
    latest.current = { sentence, onChange };
  }, [sentence, onChange]);
  const taken = useCallback((asset: Asset) => latest.current.onChange({ ...latest.current.sentence, recording: asset.id }), []);
  const recording = useRecording("recording.first-film", taken);
  const { error, kept, begin, send } = recording;
  return (
    <>
      <p className="soft">{t("heroHint")}</p>
      <Recorder recording={recording}>
        <Button size="xs" variant="default" leftSection={<IconMicrophone size={14} aria-hidden />} onClick={begin}>
          {sentence.recording === null ? t("recordIt") : speech("recordAgain")}
        </Button>
        {sentence.recording !== null && (
          <Button size="xs" variant="light" rightSection={<IconX size={12} aria-hidden />} aria-label={`${speech("recorded")}: ${speech("unrecord")}`} onClick={() => onChange({ ...sentence, recording: null })}>
            {speech("recorded")}
          </Button>
        )}
        {kept && (
          <Button size="xs" variant="default" onClick={() => send(kept)}>
            {speech("sendAgain")}
          </Button>
        )}
      </Recorder>
      {error instanceof DOMException && <p role="alert">{speech("noMicrophone", { why: error.name })}</p>}
      {error != null && !(error instanceof DOMException) && <ErrorNotice error={error} />}
    </>
  );
}
