import { ActionIcon, Menu } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { chooseLanguage, type Language } from "@/i18n";
import { chosenScheme, chooseScheme, useScheme, type Scheme } from "@/lib/scheme";

const SCHEMES: [Scheme, "dark" | "light" | "likeSystem"][] = [
  ["dark", "dark"],
  ["light", "light"],
  ["auto", "likeSystem"],
];
const LANGUAGES: [Language, string][] = [
  ["en", "English"],
  ["zh", "中文"],
];

/** Theme and language; before them, who is signed in. */
export function Preferences({ children }: { children?: ReactNode }) {
  const { t, i18n } = useTranslation("shell");
  useScheme(); // drawn again when it changes
  return (
    <Menu position="right-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={40} aria-label={`${t("theme")}, ${t("language")}`}>
          <IconAdjustmentsHorizontal size={20} stroke={1.6} color="var(--words-soft)" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {children}
        <Menu.Label c="var(--words-soft)">{t("theme")}</Menu.Label>
        {SCHEMES.map(([scheme, words]) => (
          <Menu.Item key={scheme} onClick={() => chooseScheme(scheme)} rightSection={chosenScheme() === scheme && <IconCheck size={14} />}>
            {t(words)}
          </Menu.Item>
        ))}
        <Menu.Label c="var(--words-soft)">{t("language")}</Menu.Label>
        {LANGUAGES.map(([language, words]) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => void chooseLanguage(language)}
            rightSection={i18n.language === language && <IconCheck size={14} />}
          >
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
