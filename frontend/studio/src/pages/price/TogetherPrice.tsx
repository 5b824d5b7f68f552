import Price from "./Price";
import { useTogether, type Asked, type Piece } from "./sum";

/** What takes and pieces cost together, before any of them is asked for. quiet: what is free is not called so. */
export default function TogetherPrice({ asked, piece, quiet = false }: { asked: Asked; piece?: Piece; quiet?: boolean }) {
  const sum = useTogether(asked);
  return sum && !(quiet && sum.credits === 0) ? <Price sum={sum} piece={piece} /> : null;
}
