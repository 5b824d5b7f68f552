import { account } from "./account";
import { acting } from "./acting";
import { audit } from "./audit";
import { credits } from "./credits";
import { early } from "./early";
import { firstFilm } from "./firstFilm";
import { keyframes } from "./keyframes";
import { money } from "./money";
import { operator } from "./operator";
import { price } from "./price";
import { queue } from "./queue";
import { requests } from "./requests";
import { scene } from "./scene";
import { speech } from "./speech";
import { webhooks } from "./webhooks";

export const en = { ...early, account, acting, audit, credits, firstFilm, keyframes, money, operator, price, queue, requests, scene, speech, webhooks };
