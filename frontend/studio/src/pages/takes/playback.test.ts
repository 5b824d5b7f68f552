import { describe, expect, it, vi } from "vitest";

import { frameAt, momentOf } from "@/lib/timecode";

import { Playback, type Screen } from "./playback";

class FakeScreen implements Screen {
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  ended = false;
  play = async () => {
    this.paused = false;
  };
  pause = () => {
    this.paused = true;
  };
}

function started(count: number) {
  const playback = new Playback(24, 48);
  const screens = Array.from({ length: count }, () => new FakeScreen());
  for (const screen of screens) playback.attach(screen);
  return { playback, screens, leader: screens[0] as FakeScreen, other: screens[1] as FakeScreen };
}

describe("playback", () => {
  it("steps frame by frame and stays inside the clip", () => {
    const { playback, leader } = started(1);
    playback.step(3);
    expect([playback.frame, frameAt(leader.currentTime, 24, 48)]).toEqual([3, 3]);
    playback.step(-9);
    expect(playback.frame).toBe(0);
    playback.seek(999);
    expect(playback.frame).toBe(47);
  });

  it("keeps the others on the leader's frame", () => {
    const { playback, leader, other } = started(2);
    playback.toggle();
    leader.currentTime = momentOf(10, 24);
    other.currentTime = momentOf(8, 24);
    playback.tick(0);
    expect([playback.frame, frameAt(other.currentTime, 24, 48)]).toEqual([10, 10]);
  });

  it("leaves those alone that are less than half a frame away", () => {
    const { playback, leader, other } = started(2);
    playback.toggle();
    leader.currentTime = 0.5;
    other.currentTime = 0.51;
    playback.tick(0);
    expect(other.currentTime).toBe(0.51);
  });

  it("goes faster each time, in either direction, and stops at the beginning", () => {
    const { playback, leader } = started(1);
    playback.shuttle(1);
    playback.shuttle(1);
    expect([playback.speed, leader.playbackRate]).toEqual([2, 2]);
    playback.seek(24);
    const at = vi.spyOn(performance, "now").mockReturnValue(1000);
    playback.shuttle(-1);
    expect([playback.speed, leader.paused]).toEqual([-1, true]);
    playback.tick(1500);
    expect(playback.frame).toBe(12);
    playback.tick(9000);
    expect([playback.frame, playback.speed]).toEqual([0, 0]);
    at.mockRestore();
  });

  it("begins again at the end, or stands there", () => {
    const { playback, leader } = started(1);
    playback.toggle();
    leader.currentTime = momentOf(47, 24);
    playback.tick(0);
    leader.ended = true;
    playback.tick(0);
    expect([playback.frame, playback.speed]).toEqual([0, 1]);
    playback.loop(false);
    playback.tick(0);
    expect([playback.frame, playback.speed]).toEqual([47, 0]);
  });
});
