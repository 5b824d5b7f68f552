/** Speech, looks, settings and prices, in one file that is fetched after a page stands: so no page begins with more for them. */
export { default as HearScene } from "./board/animatic/HearScene";
export { Looks } from "./cast/Looks";
export { default as SentenceField } from "./first-film/SentenceField";
export { default as VoiceSection } from "./cast/voice/VoiceSection";
export { default as SceneSetting } from "./scene/SceneSetting";
export { default as Acting } from "./shot/Acting";
export { default as OwnLook } from "./shot/OwnLook";
export { default as LinesField } from "./shot/lines/LinesField";
export { Captions } from "./takes/speech/Captions";
export { ListeningKnobs } from "./takes/speech/Listening";
export { SpeechReport } from "./takes/speech/SpeechReport";
export { default as EstimatePrice } from "./price/EstimatePrice";
export { default as ScenePrice } from "./price/ScenePrice";
export { ScenePriceItem } from "./price/ScenePriceItem";
export { default as ShotPrice } from "./price/ShotPrice";
export { default as TogetherPrice } from "./price/TogetherPrice";
