import { board } from "./board";
import { common } from "./common";
import { shell } from "./shell";
import { shot } from "./shot";
import { take } from "./take";

export const en = { board, common, shell, shot, take };
