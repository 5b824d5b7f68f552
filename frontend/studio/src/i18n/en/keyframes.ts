export const keyframes = {
  title: "Keyframes",
  empty: "Pictures that the clip shows at its first frame, its last, or between. The model draws towards them.",
  unavailable: "Pictures that a clip shows at given moments. {{model}} takes none; the Wan VACE models do.",
  add: "Add a picture",
  full: "A shot has {{count}} keyframes at most.",
  moment: "Where it stands",
  moments: { first: "First frame", last: "Last frame", seconds: "At a moment" },
  seconds: "Seconds from the start",
  secondsUnit: " s",
  at: { first: "Keyframe at the first frame", last: "Keyframe at the last frame", seconds: "Keyframe at {{seconds}} s" },
  remove: "Remove this keyframe",
  gone: "The picture is gone",
} as const;
