/** The body of every error of the API (`application/problem+json`). */
export interface ProblemBody {
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { field: string; message: string }[];
  field?: string;
  nearest?: string[];
  [member: string]: unknown;
}

/** An answer of the API that says no. Act on `code`; show `body`. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(
    readonly body: ProblemBody,
    readonly requestId: string | null,
    readonly retryAfterS: number | null,
  ) {
    super(body.detail);
    this.name = "Problem";
    this.status = body.status;
    this.code = body.code;
  }
}

/** No answer at all: the network, or a studio that is down. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

/** What an answer that is not 2xx says, also when a proxy wrote it. */
export function problemOf(response: Response, body: unknown): Problem {
  const told = typeof body === "object" && body !== null && "code" in body ? (body as ProblemBody) : null;
  const wait = Number(response.headers.get("retry-after"));
  return new Problem(
    told ?? { title: response.statusText, status: response.status, code: "http_error", detail: response.statusText },
    response.headers.get("x-request-id"),
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** What a refused form says of each of its fields, by the field's name. */
export function fieldRefusals(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Problem) || error.code !== "invalid_request") return {};
  const found = error.body.errors ?? [];
  return Object.fromEntries(found.map(({ field, message }) => [field.replace(/^body\./, ""), message]));
}
