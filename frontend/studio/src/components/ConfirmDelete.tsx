import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNotice } from "./ErrorNotice";

interface Props {
  opened: boolean;
  name: string;
  /** What it is called here, when it is no deletion. */
  words?: { title: string; action: string };
  /** Exactly what goes, and what stays. */
  children: ReactNode;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something goes that cannot come back. */
export function ConfirmDelete({ opened, name, words, children, busy = false, error, onConfirm, onClose }: Props) {
  const { t } = useTranslation("common");
  return (
    <Modal opened={opened} onClose={onClose} title={words?.title ?? t("deleteSure", { name })} centered>
      {children}
      {error != null && <ErrorNotice error={error} />}
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("cancel")}
        </Button>
        <Button color="red.7" onClick={onConfirm} loading={busy}>
          {words?.action ?? t("delete")}
        </Button>
      </Group>
    </Modal>
  );
}
