import { ActionIcon, Tooltip } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";

interface KnobProps {
  words: string;
  sign: Icon;
  strong?: boolean;
  loading?: boolean;
  disabled?: boolean;
  /** A pointer or the keyboard comes to it: it may soon be pressed. */
  onNear?: () => void;
  onPress: () => void;
}

/** A small button with a sign, its words beside it when they are asked for. */
export function Knob({ words, sign: Sign, strong = false, ...more }: KnobProps) {
  const { onPress, onNear, ...rest } = more;
  return (
    <Tooltip label={words}>
      <ActionIcon variant={strong ? "light" : "subtle"} color={strong ? undefined : "gray"} aria-label={words} onClick={onPress} onPointerEnter={onNear} onFocus={onNear} {...rest}>
        <Sign size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
