import { ActionIcon, Tooltip } from "@mantine/core";
import { IconBadgeCc, IconBadgeCcFilled, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { addEnglish } from "@/i18n";
import { speech as english } from "@/i18n/en/speech";

import styles from "./Speech.module.css";
import type { Listening } from "./useListening";

addEnglish({ speech: english });

export function ListeningKnobs({ sound, captions, setSound, setCaptions }: Listening) {
  const { t } = useTranslation("speech");
  return (
    <div className={styles.knobs}>
      <Tooltip label={t("sound")}>
        <ActionIcon variant={sound ? "light" : "subtle"} color={sound ? undefined : "gray"} aria-label={t("sound")} aria-pressed={sound} onClick={() => setSound(!sound)}>
          {sound ? <IconVolume size={18} aria-hidden /> : <IconVolumeOff size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("captions")}>
        <ActionIcon variant={captions ? "light" : "subtle"} color={captions ? undefined : "gray"} aria-label={t("captions")} aria-pressed={captions} onClick={() => setCaptions(!captions)}>
          {captions ? <IconBadgeCcFilled size={18} aria-hidden /> : <IconBadgeCc size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
