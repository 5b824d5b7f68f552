import { Button } from "@mantine/core";
import { useState } from "react";

import { ConfirmDelete } from "./ConfirmDelete";

interface Props {
  /** What the button says, and what it does in a screen reader's words. */
  words: string;
  label: string;
  /** What goes with it. */
  what: string;
  busy: boolean;
  onConfirm: () => void;
}

/** A button for what cannot be taken back: it asks first. */
export function SureButton({ words, label, what, busy, onConfirm }: Props) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" c="var(--bad)" aria-label={label} loading={busy} onClick={() => setAsked(true)}>
        {words}
      </Button>
      <ConfirmDelete
        opened={asked}
        name=""
        words={{ title: `${label}?`, action: words }}
        onClose={() => setAsked(false)}
        onConfirm={() => {
          setAsked(false);
          onConfirm();
        }}
      >
        <p>{what}</p>
      </ConfirmDelete>
    </>
  );
}
