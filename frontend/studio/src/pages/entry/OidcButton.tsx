import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, api } from "@/api/client";

/** How one may sign in here. */
export function useSignInOptions() {
  return useQuery({ queryKey: ["sign-in-options"], queryFn: () => answer(api.GET("/v1/sign-in-options")), staleTime: Infinity });
}

interface Props {
  words: "signInWith" | "signUpWith" | "joinWith";
  /** A path of the studio to go to afterwards. */
  next?: string;
  /** The token of the invitation to come in by. */
  invitation?: string;
}

/** The way in by the identity provider, where the studio has one. */
export function OidcButton({ words, next = "/", invitation }: Props) {
  const { t } = useTranslation("entry");
  const provider = useSignInOptions().data?.oidc;
  if (!provider) return null;
  const asked = new URLSearchParams({ ...(next !== "/" && { next }), ...(invitation !== undefined && { invitation }) });
  return (
    <Button variant="default" component="a" href={`/oidc/start?${asked}`}>
      {t(words, { provider })}
    </Button>
  );
}
