import { Modal } from "@mantine/core";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { openOverlay } from "../shell/overlay";
import { findGoals, type Goal } from "./find";
import { useGoals } from "./goals";
import styles from "./Palette.module.css";

/** Go to any shot, character or page, or do what the page can do. */
export default function Palette() {
  const { t } = useTranslation("shell");
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const found = findGoals(useGoals(), words);
  const close = () => openOverlay(null);

  function go(goal: Goal | undefined): void {
    if (!goal) return;
    close();
    goal.go();
  }

  function press(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") go(found[chosen]);
    else return;
    event.preventDefault();
  }

  return (
    <Modal opened onClose={close} withCloseButton={false} padding={0} yOffset="12vh" size={560} aria-label={t("search")}>
      <input
        className={styles.input}
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={found[chosen] && `${listId}-${chosen}`}
        aria-label={t("search")}
        placeholder={t("searchHint")}
        value={words}
        data-autofocus
        onKeyDown={press}
        onChange={(event) => {
          setWords(event.target.value);
          setChosen(0);
        }}
      />
      <div role="listbox" id={listId} aria-label={t("search")} className={styles.list}>
        {found.map((goal, place) => (
          <div
            key={goal.id}
            id={`${listId}-${place}`}
            role="option"
            aria-selected={place === chosen}
            tabIndex={-1}
            className={styles.goal}
            onClick={() => go(goal)}
            onKeyDown={press}
            onPointerMove={() => setChosen(place)}
          >
            <span className={styles.words}>{goal.words}</span>
            <span className={styles.group}>{goal.within ?? t(goal.group)}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p role="status" className={styles.nothing}>
          {t("searchNothing")}
        </p>
      )}
    </Modal>
  );
}
