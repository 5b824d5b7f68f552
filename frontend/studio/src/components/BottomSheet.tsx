import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** What stands beside the page where there is room, over it where there is none: fetched by narrow screens alone. */
export default function BottomSheet({ title, onClose, children }: Props) {
  const { t } = useTranslation("common");
  return (
    <Drawer opened onClose={onClose} position="bottom" size="82%" title={title} closeButtonProps={{ "aria-label": t("close") }}>
      {children}
    </Drawer>
  );
}
