import Price from "./Price";
import { useTogether, type Asked, type Piece } from "./sum";

/** What takes and pieces cost together, before any of them is asked for. */
export default function TogetherPrice({ asked, piece }: { asked: Asked; piece?: Piece }) {
  const sum = useTogether(asked);
  return sum ? <Price sum={sum} piece={piece} /> : null;
}
