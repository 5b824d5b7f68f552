import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { freshKey } from "@/api/client";
import { ErrorNotice } from "@/components/ErrorNotice";
import { say } from "@/lib/toasts";

import { EffectList } from "./EffectList";
import styles from "./Operator.module.css";
import { operatorKeys, type Act, type ActKind } from "./queries";

/** What every act says beside its own fields. */
export interface ActWords {
  reason: string;
  dry_run: boolean;
}
const SHORTEST = 3;

interface Props {
  kind: ActKind;
  title: string;
  /** Whether its own fields are filled. */
  isWhole?: boolean;
  act: (words: ActWords, key: string) => Promise<Act>;
  onClose: () => void;
  /** Its own fields. */
  children?: ReactNode;
}

/** Asks for what an act needs and why, shows what it will do, and only then does it. */
export function ActDialog({ kind, title, isWhole = true, act, onClose, children }: Props) {
  const { t } = useTranslation("operator");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [key, setKey] = useState(freshKey);
  const shown = useMutation({ mutationFn: () => act({ reason: reason.trim(), dry_run: true }, key), onSuccess: () => setKey(freshKey()) });
  const done = useMutation({
    mutationFn: () => act({ reason: reason.trim(), dry_run: false }, key),
    onSuccess: () => {
      say(t("done"), { tone: "good" });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: operatorKeys.all }),
  });
  const error = shown.error ?? done.error;
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (shown.data) done.mutate();
          else shown.mutate();
        }}
      >
        <fieldset className={`bare ${styles.form}`} disabled={shown.data !== undefined}>
          {children}
          <Textarea
            label={t("reason")}
            description={t("reasonHelp")}
            required
            autosize
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </fieldset>
        {shown.data && <EffectList kind={kind} effect={shown.data.effect} />}
        {error && <ErrorNotice error={error} />}
        <Group justify="flex-end" mt="lg" gap="xs">
          {shown.data && (
            <Button
              variant="default"
              onClick={() => {
                shown.reset();
                done.reset();
              }}
            >
              {t("change")}
            </Button>
          )}
          <Button type="submit" disabled={!isWhole || reason.trim().length < SHORTEST} loading={shown.isPending || done.isPending}>
            {shown.data ? t(`doIt.${kind}`) : t("show")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
