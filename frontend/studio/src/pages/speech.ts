/** Everything that is fetched once somebody is to speak: one file, so that no page's first load grows by it. */
export { default as HearScene } from "./board/animatic/HearScene";
export { default as SentenceField } from "./first-film/SentenceField";
export { default as VoiceSection } from "./cast/voice/VoiceSection";
export { default as LinesField } from "./shot/lines/LinesField";
export { Captions } from "./takes/speech/Captions";
export { ListeningKnobs } from "./takes/speech/Listening";
export { SpeechReport } from "./takes/speech/SpeechReport";
