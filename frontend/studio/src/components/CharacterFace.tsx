import { useState } from "react";

import type { Character } from "@/api/cast";

import { Face } from "./Face";
import styles from "./CharacterFace.module.css";

const AROUND = 1.7; // how much of the photo is shown, in widths of the face

/** A character's face, cut from its first photo by the box that enrolment found. */
export function CharacterFace({ character, name, size }: { character: Character | undefined; name: string; size: number }) {
  const reference = character?.references[0];
  const [lost, setLost] = useState<string | null>(null);
  if (reference && lost === reference.url) return <Face name={name} size={size} />;
  if (!reference?.face || !reference.width || !reference.height) {
    return <Face name={name} picture={reference?.url} size={size} />;
  }
  const { face } = reference;
  const scale = size / (Math.max(face.width, face.height) * AROUND);
  const left = size / 2 - (face.x + face.width / 2) * scale;
  const top = size / 2 - (face.y + face.height / 2) * scale;
  return (
    <span className={styles.face} style={{ width: size, height: size }}>
      <img
        src={reference.url}
        alt=""
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => setLost(reference.url)}
        style={{ width: reference.width * scale, height: reference.height * scale, left, top }}
      />
    </span>
  );
}
