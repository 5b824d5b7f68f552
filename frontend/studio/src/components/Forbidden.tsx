import { Tooltip } from "@mantine/core";
import { cloneElement, type MouseEvent, type ReactElement } from "react";

import type { Permission } from "@/api/permissions";

import { useWhyForbidden } from "./useForbidden";

interface Control {
  disabled?: boolean;
  title?: string;
  onClick?: (event: MouseEvent<HTMLElement>) => void;
}

/** A button as it is for whom it is; for a role that may not use it, disabled with words that say why. */
export function Forbidden({ unless, children }: { unless: Permission; children: ReactElement<Control> }) {
  const why = useWhyForbidden(unless);
  if (why === null) return children;
  // Not `disabled` itself: such a button takes no focus and no pointer, so that nobody could learn why.
  const shut = {
    "aria-disabled": true,
    "data-disabled": true,
    disabled: false,
    title: undefined,
    onClick: (event: MouseEvent) => event.preventDefault(),
  };
  return (
    <Tooltip label={why} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(children, shut)}
    </Tooltip>
  );
}
