import { useCallback, useEffect, useRef, useState } from "react";

import { dropFile, keepFile, keptFile } from "@/lib/keptFiles";
import { uploadFile, type Asset } from "@/lib/uploads";

import { LONGEST_RECORDING_S } from "./lines";

const BEATS = 3;
const BEAT_MS = 600;

export type RecordingState = { kind: "idle" } | { kind: "counting"; left: number } | { kind: "recording" } | { kind: "sending" };

export interface Recording {
  state: RecordingState;
  error: unknown;
  /** What was recorded and is not in the studio yet: it lies in this browser. */
  kept: File | undefined;
  begin: () => void;
  /** Leave the count-in: nothing is recorded. */
  cancel: () => void;
  stop: () => void;
  send: (file: File) => void;
  discard: () => void;
}

/** Record a line with the microphone, after a count-in; kept in this browser until the studio has taken it in. */
export function useRecording(name: string, onTaken: (asset: Asset) => void): Recording {
  const [state, setState] = useState<RecordingState>({ kind: "idle" });
  const [error, setError] = useState<unknown>(null);
  const [kept, setKept] = useState<File>();
  const recorder = useRef<MediaRecorder>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const listening = useRef<MediaStream>(null);

  useEffect(() => {
    void keptFile(name).then(setKept);
    return () => {
      clearTimeout(timer.current);
      recorder.current?.stop();
      release(listening.current);
    };
  }, [name]);

  const discard = useCallback(() => {
    setKept(undefined);
    setError(null);
    void dropFile(name);
  }, [name]);

  const send = useCallback(
    async (file: File) => {
      setState({ kind: "sending" });
      setError(null);
      setKept(file);
      await keepFile(name, file);
      try {
        const asset = await uploadFile(file, "recording");
        discard();
        onTaken(asset);
      } catch (refused) {
        setError(refused);
      }
      setState({ kind: "idle" });
    },
    [discard, name, onTaken],
  );

  const begin = async () => {
    setError(null);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
      listening.current = stream;
      countIn(BEATS, stream);
    } catch (refused) {
      setError(refused);
      setState({ kind: "idle" });
    }
  };

  const countIn = (left: number, stream: MediaStream) => {
    if (left === 0) return run(stream);
    setState({ kind: "counting", left });
    timer.current = setTimeout(() => countIn(left - 1, stream), BEAT_MS);
  };

  const cancel = () => {
    clearTimeout(timer.current);
    release(listening.current);
    setState({ kind: "idle" });
  };

  const run = (stream: MediaStream) => {
    const parts: Blob[] = [];
    const tape = new MediaRecorder(stream);
    tape.ondataavailable = (event) => parts.push(event.data);
    tape.onstop = () => {
      release(stream);
      clearTimeout(timer.current);
      recorder.current = null;
      const type = (tape.mimeType || "audio/webm").split(";")[0] as string;
      void send(new File(parts, `line.${type.includes("mp4") ? "m4a" : "webm"}`, { type }));
    };
    recorder.current = tape;
    tape.start();
    setState({ kind: "recording" });
    timer.current = setTimeout(() => tape.stop(), LONGEST_RECORDING_S * 1000);
  };

  return { state, error, kept, begin: () => void begin(), cancel, stop: () => recorder.current?.stop(), send: (file) => void send(file), discard };
}

/** The microphone is let go. */
function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
