import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";

/** A link to a page of the studio, opened without loading it anew; with a key held, as the browser opens any link. */
export function PageLink({ to, children, className }: { to: string; children: ReactNode; className?: string }) {
  const { history } = useRouter();
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.push(to);
  };
  return (
    <a href={to} className={className ?? "page-link"} onClick={open}>
      {children}
    </a>
  );
}
