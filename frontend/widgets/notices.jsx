/* Without a face: a short tick when an order of the user's own is filled, for those who turned it on. */
import { useEffect, useRef } from "react";

const TICK = { hertz: 880, volume: 0.08, seconds: 0.06 };

function tick() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = TICK.hertz;
  volume.gain.setValueAtTime(TICK.volume, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + TICK.seconds);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + TICK.seconds);
  tone.onended = () => audio.close();
}

export function Chime({ count }) {
  const before = useRef(count);
  useEffect(() => {
    const more = count > before.current;
    before.current = count;
    if (!more || document.documentElement.dataset.sound !== "on") return;
    document.documentElement.dataset.ticked = String(count);
    tick();
  }, [count]);
  return null;
}
