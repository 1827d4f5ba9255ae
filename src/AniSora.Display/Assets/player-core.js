// Groups of clips under one clock, for pages and for notebook outputs alike. Every canvas shows one frame of its sprite
// sheet (canvas.sheet, or the image that data-sheet names), or what its own paint(canvas, frame) draws; a group's canvases
// are always drawn together, so they are in step by construction. data-frame on each canvas says which frame is on it.
const SPEEDS = [1, 2, 0.25, 0.5];
const REST = 0.6; // seconds on the last frame before the loop starts again, so that one sees where it ends
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const visible = new Set();

const drawFrame = (canvas, frame, left = 0) => {
  const sheet = canvas.sheet ?? document.getElementById(canvas.dataset.sheet);
  const w = +canvas.dataset.w, h = +canvas.dataset.h, columns = +canvas.dataset.columns;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.clearRect(left, 0, w, h);
  context.drawImage(sheet, (frame % columns) * w, Math.floor(frame / columns) * h, w, h, left, 0, w, h);
};

class Player {
  constructor(root) {
    this.root = root;
    this.frames = +root.dataset.frames;
    this.fps = +root.dataset.fps;
    this.given = root.dataset.given;
    this.clips = [...root.querySelectorAll(".clip canvas")];
    this.heads = [...root.querySelectorAll(".playhead")];
    this.scrub = root.querySelector(".scrub");
    this.count = root.querySelector(".count");
    this.button = root.querySelector(".play");
    this.speedButton = root.querySelector(".speed");
    this.seconds = 0;
    this.frame = -1;
    this.speed = 1;
    this.playing = false;
    this.button.addEventListener("click", () => this.toggle());
    this.speedButton.addEventListener("click", () => this.nextSpeed());
    this.scrub.addEventListener("input", () => { this.pause(); this.seek(+this.scrub.value); });
    root.addEventListener("keydown", e => this.key(e));
    for (const strip of root.querySelectorAll(".strip")) this.strip(strip);
    for (const step of root.querySelectorAll("[data-step]"))
      step.addEventListener("click", () => { this.pause(); this.seek(this.frame + +step.dataset.step); });
    for (const mark of root.querySelectorAll("[data-seek]"))
      mark.addEventListener("click", () => { this.pause(); this.seek(+mark.dataset.seek); });
    // Still pictures (calm, print) say more from a frame that had to be made than from the given first one.
    this.seek(calm.matches ? Math.floor(this.frames / 4) : 0);
  }

  strip(strip) {
    const seek = e => {
      const box = strip.getBoundingClientRect();
      this.pause();
      this.seek(Math.floor((e.clientX - box.left) / box.width * this.frames));
    };
    strip.addEventListener("pointerdown", e => { strip.setPointerCapture(e.pointerId); seek(e); });
    strip.addEventListener("pointermove", e => { if (strip.hasPointerCapture(e.pointerId)) seek(e); });
  }

  key(e) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const onControl = e.target !== this.root;
    const action = {
      " ": onControl && e.target !== this.scrub ? null : () => this.toggle(),
      "k": () => this.toggle(),
      "ArrowLeft": () => { this.pause(); this.seek(this.frame - 1); },
      "ArrowRight": () => { this.pause(); this.seek(this.frame + 1); },
      "Home": () => { this.pause(); this.seek(0); },
      "End": () => { this.pause(); this.seek(this.frames - 1); },
    }[e.key];
    if (!action) return;
    e.preventDefault();
    action();
  }

  seek(frame) {
    const at = Math.max(0, Math.min(this.frames - 1, frame));
    this.seconds = (at + 0.001) / this.fps;
    this.show(at);
  }

  show(frame) {
    if (frame === this.frame) return;
    this.frame = frame;
    for (const canvas of this.clips) {
      (canvas.paint ?? drawFrame)(canvas, frame);
      canvas.dataset.frame = frame;
    }
    for (const head of this.heads) head.style.left = `${frame / this.frames * 100}%`;
    this.scrub.value = frame;
    this.scrub.style.setProperty("--at", this.frames > 1 ? frame / (this.frames - 1) : 0);
    this.scrub.setAttribute("aria-valuetext", `frame ${frame + 1} of ${this.frames}`);
    this.count.textContent = `${frame + 1}/${this.frames}`;
    this.root.classList.toggle("on-given", this.given[frame] === "1");
  }

  play() { this.setPlaying(true); }
  pause() { this.setPlaying(false); }
  toggle() {
    this.setPlaying(!this.playing);
    this.touched = true;
  }
  setPlaying(playing) {
    this.playing = playing;
    this.root.dataset.playing = playing;
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (!playing) this.touched = true; // whoever stopped it does not want it started by scrolling
  }

  nextSpeed() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    this.speedButton.textContent = `${this.speed === 0.25 ? "¼" : this.speed === 0.5 ? "½" : this.speed}×`;
    this.speedButton.setAttribute("aria-label", `Speed: ${this.speed}×`);
  }

  advance(seconds) {
    if (!this.playing) return;
    const length = this.frames / this.fps + REST;
    this.seconds = (this.seconds + seconds * this.speed) % length;
    this.show(Math.min(this.frames - 1, Math.floor(this.seconds * this.fps)));
  }
}

const ready = image => image.complete ? Promise.resolve() : new Promise(done => {
  image.addEventListener("load", done, { once: true });
  image.addEventListener("error", done, { once: true });
});

// Plays the players that are in sight; the clock stops while none is.
const playInSight = (() => {
  const players = new Map();
  let last = 0, ticking = false;
  const tick = now => {
    // A hidden tab gives no ticks; the cap keeps the return to it from jumping.
    const seconds = Math.min(0.25, (now - last) / 1000);
    last = now;
    for (const player of visible) player.advance(seconds);
    ticking = visible.size > 0;
    if (ticking) requestAnimationFrame(tick);
  };
  const watcher = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      const player = players.get(target);
      if (!player) continue;
      if (!isIntersecting) { visible.delete(player); continue; }
      visible.add(player);
      if (!player.touched && !calm.matches) player.play();
    }
    if (visible.size > 0 && !ticking) {
      ticking = true;
      last = performance.now();
      requestAnimationFrame(tick);
    }
  }, { rootMargin: "60px" });
  return {
    add(player) { players.set(player.root, player); watcher.observe(player.root); },
    remove(player) { watcher.unobserve(player.root); players.delete(player.root); visible.delete(player); },
  };
})();
