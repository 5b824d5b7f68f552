import { board } from "./board";
import { cast } from "./cast";
import { common } from "./common";
import { entry } from "./entry";
import { projects } from "./projects";
import { shell } from "./shell";
import { shot } from "./shot";
import { take } from "./take";

export const en = { board, cast, common, entry, projects, shell, shot, take };
