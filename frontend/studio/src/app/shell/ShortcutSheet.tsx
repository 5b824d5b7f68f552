import { Kbd, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useAllShortcuts, type Shortcut } from "@/lib/shortcuts";

import { openOverlay } from "./overlay";
import styles from "./ShortcutSheet.module.css";

const SHOWN: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Mod: navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl",
};

const MOST_KEYS = 3; // more are a row of figures

/** What can be done by keys: here, and everywhere. */
export default function ShortcutSheet({ shell }: { shell: readonly Shortcut[] }) {
  const { t } = useTranslation("shell");
  const here = useAllShortcuts().filter((shortcut) => !shell.includes(shortcut));
  return (
    <Modal opened onClose={() => openOverlay(null)} title={t("shortcuts")} size="lg" centered>
      <div className={styles.columns}>
        <Keys title={t("thisPage")} shortcuts={here} />
        <Keys title={t("everywhere")} shortcuts={shell} />
      </div>
    </Modal>
  );
}

function Keys({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  const { t } = useTranslation("shell");
  return (
    <section>
      <h3 className={styles.title}>{title}</h3>
      {shortcuts.length === 0 && <p className="soft">{t("shortcutsNone")}</p>}
      <dl className={styles.list}>
        {shortcuts.map(({ keys, words }) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>
              {keys.length > MOST_KEYS ? (
                <Kbd>{`${shownKey(keys[0]!)} … ${shownKey(keys.at(-1)!)}`}</Kbd>
              ) : (
                keys.map((key) => <Kbd key={key}>{shownKey(key)}</Kbd>)
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function shownKey(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
