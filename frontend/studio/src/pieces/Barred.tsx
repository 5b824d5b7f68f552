import { Tooltip } from "@mantine/core";
import { cloneElement, type MouseEvent, type ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { useMay, type Deed } from "@/api/may";
import { useMe } from "@/api/me";

interface Control {
  disabled?: boolean;
  onClick?: (event: MouseEvent<HTMLElement>) => void;
}

/** A button as it is for whom it is; for a role that may not use it, disabled with words that say why. */
export function Barred({ unless, children }: { unless: Deed; children: ReactElement<Control> }) {
  const why = useWhyBarred(unless);
  if (why === null) return children;
  // Not `disabled` itself: such a button takes no focus and no pointer, so that nobody could learn why.
  const shut = { "aria-disabled": true, "data-disabled": true, disabled: false, onClick: (event: MouseEvent) => event.preventDefault() };
  return (
    <Tooltip label={why} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(children, shut)}
    </Tooltip>
  );
}

/** Why the present role may not do that; null when it may. */
export function useWhyBarred(deed: Deed): string | null {
  const { t } = useTranslation("shell");
  const may = useMay(deed);
  const organisation = useMe()?.organisation.name ?? "";
  if (may !== false) return null;
  return deed === "change" ? t("viewingHelp", { organisation }) : t("adminsOnly", { organisation });
}
