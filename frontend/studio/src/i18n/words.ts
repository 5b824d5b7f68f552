/** The shape of a language's words: the same keys as English, other strings. */
export type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
