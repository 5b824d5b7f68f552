import { useMe } from "./me";

/** What only some roles may do: change anything at all, or look after keys, or after members. */
export type Permission = "change" | "keys" | "members";

/** Whether the present role may do that; undefined while nobody knows who is signed in. */
export function usePermission(deed: Permission): boolean | undefined {
  const me = useMe();
  if (!me) return undefined;
  return deed === "change" ? me.role !== "viewer" : me.scopes.includes(deed);
}
