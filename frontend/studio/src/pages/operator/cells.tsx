import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** An organisation's page. */
export function organisationLink(orgId: string, words: string): ReactNode {
  return (
    <Link className="page-link" to={`/operator/organisations/${orgId}` as "/"}>
      {words}
    </Link>
  );
}

/** What can be done to a row: `of` says to which. */
export function actButton(words: string, of: string, onClick: () => void): ReactNode {
  return (
    <Button size="compact-xs" variant="default" aria-label={of} onClick={onClick}>
      {words}
    </Button>
  );
}

/** The provider's own receipt. */
export function receiptLink(url: string, words: string): ReactNode {
  return (
    <a className="page-link" href={url} target="_blank" rel="noreferrer">
      {words}
    </a>
  );
}

export function both(first: ReactNode, second: ReactNode): ReactNode {
  return (
    <>
      {first} {second}
    </>
  );
}

export function code(words: string): ReactNode {
  return <span className="mono">{words}</span>;
}
