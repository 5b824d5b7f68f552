import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { isPricedQuery } from "./sum";

/** The way to a scene's price, where anything has one. */
export function ScenePriceItem({ words, disabled, onClick }: { words: string; disabled: boolean; onClick: () => void }) {
  const { data: priced } = useQuery(isPricedQuery);
  if (!priced) return null;
  return (
    <Menu.Item disabled={disabled} onClick={onClick}>
      {words}
    </Menu.Item>
  );
}
