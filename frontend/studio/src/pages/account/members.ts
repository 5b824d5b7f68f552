import { queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "@/api/client";
import { keys } from "@/api/queries";

export type Role = Schemas["MemberView"]["role"];

/** The highest first. */
export const ROLES: readonly Role[] = ["owner", "admin", "editor", "viewer"];

export const membersQuery = queryOptions({ queryKey: keys.members, queryFn: async () => (await answer(api.GET("/v1/members"))).data });

/** The roles that somebody may give and take: none above their own. */
export function rolesBelow(mine: Role | undefined): readonly Role[] {
  return mine === undefined ? [] : ROLES.slice(ROLES.indexOf(mine));
}
