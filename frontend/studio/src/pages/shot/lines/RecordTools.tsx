import { Button, FileButton } from "@mantine/core";
import { IconFileMusic, IconMicrophone, IconX } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Shot } from "@/api/film";
import { ErrorNotice } from "@/components/ErrorNotice";
import { say } from "@/lib/toasts";
import type { Asset } from "@/lib/uploads";

import { Knob } from "./Knob";
import type { Line } from "./lines";
import styles from "./Lines.module.css";
import { Recorder } from "./Recorder";
import { useRecording, type Recording } from "./useRecording";

interface Props {
  shot: Shot;
  line: Line;
  number: number;
  onChange: (change: Partial<Line>) => void;
}

/** Record this line with the microphone, or take it from a file; what was recorded is kept until the studio has it. */
export function RecordTools({ shot, line, number, onChange }: Props) {
  const { t } = useTranslation("speech");
  const [asked, setAsked] = useState(false);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  }, [onChange]);
  const taken = useCallback(
    (asset: Asset) => {
      latest.current({ recording: asset.id });
      if (asset.notes.includes("clipped")) say(t("clipped"));
    },
    [t],
  );
  const recording = useRecording(`recording.${shot.id}.${line.id ?? number}`, taken);
  const mine = (act: () => void) => (line.character_id === null ? setAsked(true) : act());
  return (
    <Recorder recording={recording}>
      <Knob words={t("record", { number })} sign={IconMicrophone} onPress={() => mine(recording.begin)} />
      <FileButton accept="audio/*,video/webm" onChange={(file) => file && mine(() => recording.send(file))}>
        {(props) => <Knob words={t("upload", { number })} sign={IconFileMusic} onPress={props.onClick} />}
      </FileButton>
      {line.recording !== null && (
        <Button size="compact-xs" variant="light" rightSection={<IconX size={12} aria-hidden />} aria-label={`${t("recorded")}: ${t("unrecord")}`} onClick={() => onChange({ recording: null })}>
          {t("recorded")}
        </Button>
      )}
      {asked && line.character_id === null && <span className={styles.warning}>{t("whose")}</span>}
      <Trouble recording={recording} />
    </Recorder>
  );
}

/** What went wrong, and what was recorded: sent again, saved, or given up. */
function Trouble({ recording }: { recording: Recording }) {
  const { t } = useTranslation("speech");
  const { error, kept } = recording;
  return (
    <>
      {error instanceof DOMException && <span className={styles.warning}>{t("noMicrophone", { why: error.name })}</span>}
      {error != null && !(error instanceof DOMException) && <ErrorNotice error={error} />}
      {kept && (
        <span className={styles.kept}>
          <span className={styles.words}>{t("kept")}</span>
          <Button size="compact-xs" variant="default" onClick={() => recording.send(kept)}>
            {t("sendAgain")}
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => saveFile(kept)}>
            {t("saveIt")}
          </Button>
          <Button size="compact-xs" variant="default" onClick={recording.discard}>
            {t("discard")}
          </Button>
        </span>
      )}
    </>
  );
}

function saveFile(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(link.href);
}
