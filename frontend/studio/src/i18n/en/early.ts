import { board } from "./board";
import { cast } from "./cast";
import { common } from "./common";
import { entry } from "./entry";
import { film } from "./film";
import { projects } from "./projects";
import { refusal } from "./refusal";
import { renders } from "./renders";
import { shell } from "./shell";
import { shot } from "./shot";
import { take } from "./take";

/** English that any page may need; the rest comes with the page whose words it is. */
export const early = { board, cast, common, entry, film, projects, refusal, renders, shell, shot, take };
