// Clips in a notebook. The images inside the element are the sprite sheets; data-image on a canvas says which it shows.
const drawWipe = (canvas, frame) => {
  const w = +canvas.dataset.w, h = +canvas.dataset.h;
  const cut = Math.round(canvas.share * w);
  const context = canvas.getContext("2d");
  const draw = (sheet, columns, from, to) => {
    if (to > from) context.drawImage(sheet, (frame % columns) * w + from, Math.floor(frame / columns) * h, to - from, h, from, 0, to - from, h);
  };
  context.clearRect(0, 0, w, h);
  draw(canvas.sheet, +canvas.dataset.columns, 0, cut);
  draw(canvas.against, +canvas.dataset.againstColumns, cut, w);
};

// Arrows of the movement from this frame to the next; the last frame has none.
const drawFlow = (canvas, frame) => {
  const columns = +canvas.dataset.gridColumns, rows = +canvas.dataset.gridRows, scale = +canvas.dataset.scale;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const start = frame * rows * columns * 2;
  if (start >= canvas.arrows.length) return;
  const cellX = canvas.width / columns, cellY = canvas.height / rows;
  context.lineCap = "round";
  for (const [color, width] of [["rgba(0,0,0,0.55)", 4.5], ["#fff", 2]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
      const at = start + (y * columns + x) * 2;
      const dx = canvas.arrows[at] * scale * canvas.width, dy = canvas.arrows[at + 1] * scale * canvas.width;
      const length = Math.hypot(dx, dy);
      if (length < 2.5) continue;
      const cx = (x + 0.5) * cellX, cy = (y + 0.5) * cellY, head = Math.min(7, length * 0.4) / length;
      context.moveTo(cx - dx / 2, cy - dy / 2);
      context.lineTo(cx + dx / 2, cy + dy / 2);
      for (const side of [1, -1]) {
        context.moveTo(cx + dx / 2, cy + dy / 2);
        context.lineTo(cx + dx / 2 - (dx + side * dy * 0.7) * head, cy + dy / 2 - (dy - side * dx * 0.7) * head);
      }
    }
    context.stroke();
  }
};

class Output extends NotebookOutput {
  async build() {
    const images = [...this.querySelectorAll("img")];
    await loaded(images);
    const root = this.shadow();
    for (const canvas of root.querySelectorAll("canvas[data-image]")) canvas.sheet = images[+canvas.dataset.image];
    for (const canvas of root.querySelectorAll("canvas[data-against]")) this.wipe(canvas, images[+canvas.dataset.against]);
    for (const canvas of root.querySelectorAll("canvas[data-arrows]")) {
      canvas.arrows = Int8Array.from(atob(canvas.dataset.arrows), c => c.charCodeAt(0) << 24 >> 24);
      canvas.paint = drawFlow;
    }
    for (const canvas of root.querySelectorAll("canvas[data-strip]"))
      for (let t = 0; t < +canvas.dataset.frames; t++) drawFrame(canvas, t, t * +canvas.dataset.w);
    for (const button of root.querySelectorAll("[data-layer]")) {
      button.addEventListener("click", () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", shown);
        for (const layer of root.querySelectorAll(`.layer.${button.dataset.layer}`)) layer.hidden = !shown;
      });
    }
    this.player = new Player(root.querySelector(".player"));
    this.dataset.ready = "";
    if (this.isConnected) playInSight.add(this.player);
  }

  wipe(canvas, against) {
    const stage = canvas.closest(".stage"), bar = stage.querySelector(".share");
    canvas.against = against;
    canvas.paint = drawWipe;
    const set = share => {
      canvas.share = Math.max(0, Math.min(1, share));
      bar.value = Math.round(canvas.share * 100);
      stage.style.setProperty("--share", canvas.share);
      if (this.player) drawWipe(canvas, this.player.frame);
    };
    const point = e => {
      const box = canvas.getBoundingClientRect();
      set((e.clientX - box.left) / box.width);
    };
    stage.addEventListener("pointerdown", e => { stage.setPointerCapture(e.pointerId); point(e); bar.focus({ preventScroll: true }); e.preventDefault(); });
    stage.addEventListener("pointermove", e => { if (stage.hasPointerCapture(e.pointerId)) point(e); });
    bar.addEventListener("input", () => set(bar.value / 100));
    bar.addEventListener("keydown", e => { if (e.key.startsWith("Arrow") || e.key === "Home" || e.key === "End") e.stopPropagation(); });
    set(0.5);
  }

  resume() { if (this.player) playInSight.add(this.player); }

  pause() { if (this.player) playInSight.remove(this.player); }
}
