import { ActionIcon, Tooltip } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";

interface KnobProps {
  words: string;
  sign: Icon;
  strong?: boolean;
  loading?: boolean;
  disabled?: boolean;
  onPress: () => void;
}

/** A small button with a sign, its words beside it when they are asked for. */
export function Knob({ words, sign: Sign, strong = false, ...more }: KnobProps) {
  const { onPress, ...rest } = more;
  return (
    <Tooltip label={words}>
      <ActionIcon variant={strong ? "light" : "subtle"} color={strong ? undefined : "gray"} aria-label={words} onClick={onPress} {...rest}>
        <Sign size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
