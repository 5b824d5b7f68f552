import { Button } from "@mantine/core";
import { IconPlayerStopFilled } from "@tabler/icons-react";
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import styles from "./Lines.module.css";
import type { Recording } from "./useRecording";

interface Props {
  recording: Recording;
  /** What stands there while nothing is recorded; its first button begins. */
  children: ReactNode;
}

/** The count-in, which can be left, the recording itself, which can be stopped, and the wait until it is taken in. */
export function Recorder({ recording, children }: Props) {
  const { t } = useTranslation("speech");
  const { state, cancel, stop } = recording;
  const box = useRef<HTMLSpanElement>(null);
  const before = useRef(state.kind);
  useEffect(() => {
    const ended = before.current !== "idle" && state.kind === "idle";
    before.current = state.kind;
    if (ended && document.activeElement === document.body) box.current?.querySelector("button")?.focus();
  }, [state.kind]);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // the shot stays open
    cancel();
  };
  if (state.kind === "idle")
    return (
      <span ref={box} className={styles.kept}>
        {children}
      </span>
    );
  if (state.kind === "sending") return <span className={styles.words} role="status">{t("sending")}</span>;
  if (state.kind === "recording")
    return (
      <Button key="stop" ref={focus} size="compact-xs" color="red" leftSection={<IconPlayerStopFilled size={14} aria-hidden />} onClick={stop}>
        {t("recording")}
      </Button>
    );
  return (
    <span className={styles.kept}>
      <strong className={styles.count} role="status">
        {t("countIn", { count: state.left })}
      </strong>
      <Button ref={focus} size="compact-xs" variant="default" onClick={cancel} onKeyDown={leave}>
        {t("notNow")}
      </Button>
    </span>
  );
}

/** Whoever works by keyboard stays where the button was that gave way to this one. */
function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}
