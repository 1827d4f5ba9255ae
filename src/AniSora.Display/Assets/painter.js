// The mask painter. Masks belong to key frames and hold until the next; painting between keys makes a key of what is held.
const TINT = [255, 90, 40];
const HISTORY = 100;
// Without a kernel to talk to, JupyterLab and VS Code can still paint and hand the mask over as text.
const codeIsUseful = () => Boolean(document.querySelector(".jp-LabShell, #jp-main-dock-panel") || document.body.matches("[class*='vscode-'], [data-vscode-theme-kind]"));

class Output extends NotebookOutput {
  async build() {
    const images = [...this.querySelectorAll("img[data-sheet]")];
    await loaded(images);
    const spec = JSON.parse(this.dataset.painter);
    Object.assign(this, { id_: spec.id, w: spec.width, h: spec.height, frames: spec.frames, columns: spec.columns, pictures: spec.pictures });
    this.sheet = images[0];
    this.keys = new Map(Object.entries(spec.keys).map(([frame, text]) => [+frame, decodeMask(text, this.w * this.h)]));
    this.undos = [];
    this.frame = 0;
    this.tool = "brush";
    const root = this.shadow(), find = selector => root.querySelector(selector);
    this.root = root;
    this.canvas = find("canvas.frame");
    this.layer = find("canvas.tint");
    this.guide = find("canvas.guide");
    this.stage = find(".stage");
    this.radius = find(".radius");
    this.radius.max = Math.ceil(Math.max(this.w, this.h) / 3);
    this.radius.value = Math.max(1, Math.round(Math.max(this.w, this.h) / 12));
    this.cursor = { x: this.w / 2, y: this.h / 2 };
    this.listen(find);
    // The output is redrawn when a cell reads the mask: one goes on where one was.
    const before = (globalThis.anisoraPainters ??= new Map()).get(this.id_);
    if (before) {
      this.undos = before.undos;
      this.radius.value = before.radius.value;
      this.use(before.tool);
    }
    globalThis.anisoraPainters.set(this.id_, this);
    this.show(before ? before.frame : this.keys.size ? Math.min(...this.keys.keys()) : 0);
    this.mode(kernelWithin() ? "live" : codeIsUseful() ? "code" : "still");
    if (kernelWithin()) await this.connect();
    this.dataset.ready = "";
  }

  mode(mode) {
    this.dataset.mode = mode;
    for (const part of this.root.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(mode);
    if (mode === "still") this.stage.removeAttribute("tabindex");
    if (mode === "still") this.stage.setAttribute("role", "img");
  }

  async connect() {
    this.channel = await openChannel("anisora.painter", { painter: this.id_ });
    if (!this.channel) { this.state("No kernel: paint, then copy the code below"); this.mode("code"); return; }
    this.channel.received = message => {
      if (message.keys) {
        this.keys = new Map(Object.entries(message.keys).map(([frame, text]) => [+frame, decodeMask(text, this.w * this.h)]));
        this.show(this.frame);
      }
      this.state(message.error ?? (message.saved === this.sent ? "The kernel has it" : "Sent…"));
    };
    this.channel.closed = () => {
      this.channel = null;
      this.state("The kernel does not know this painter: run its cell again, or copy the code");
      this.mode("code");
    };
    this.state("Paint: the next cell reads it");
  }

  listen(find) {
    for (const button of this.root.querySelectorAll("[data-tool]")) button.addEventListener("click", () => this.use(button.dataset.tool));
    this.radius.addEventListener("input", () => this.drawGuide());
    find(".undo").addEventListener("click", () => this.undo());
    find(".clear").addEventListener("click", () => this.change(() => new Uint8Array(this.w * this.h)));
    find(".unkey").addEventListener("click", () => this.removeKey());
    find(".scrub").addEventListener("input", e => this.show(+e.target.value));
    for (const step of this.root.querySelectorAll("[data-step]")) step.addEventListener("click", () => this.show(this.frame + +step.dataset.step));
    find(".copy").addEventListener("click", () => { find(".code").select(); navigator.clipboard?.writeText(find(".code").value).then(() => this.state("Copied"), () => document.execCommand("copy")); });
    this.stage.addEventListener("keydown", e => this.key(e));
    this.stage.addEventListener("blur", () => { this.corner = null; this.pointed = false; this.drawGuide(); });
    this.stage.addEventListener("focus", () => this.drawGuide());

    const place = e => {
      const box = this.stage.getBoundingClientRect();
      return { x: (e.clientX - box.left) / box.width * this.w, y: (e.clientY - box.top) / box.height * this.h };
    };
    this.stage.addEventListener("pointerdown", e => {
      if (e.button !== 0 || this.dataset.mode === "still") return;
      e.preventDefault();
      this.stage.focus({ preventScroll: true });
      this.stage.setPointerCapture(e.pointerId);
      this.cursor = this.start = place(e);
      this.pointed = true;
      this.base = this.held(this.frame).slice();
      this.work = this.base.slice();
      this.stroke(this.cursor);
    });
    this.stage.addEventListener("pointermove", e => {
      this.pointed = true;
      // A fast hand passes several places between two frames of the screen.
      for (const each of this.work && e.getCoalescedEvents?.().length ? e.getCoalescedEvents() : [e]) {
        const to = place(each);
        if (this.work) this.stroke(to);
        this.cursor = to;
      }
      this.drawGuide();
    });
    this.stage.addEventListener("pointerup", () => {
      if (!this.work) return;
      const work = this.work;
      this.work = null;
      this.change(() => work);
    });
    this.stage.addEventListener("pointercancel", () => { this.work = null; this.drawMask(); });
    this.stage.addEventListener("pointerleave", () => { this.pointed = false; this.drawGuide(); });
  }

  stroke(to) {
    if (this.tool === "box") {
      this.work.set(this.base);
      paintBox(this.work, this.w, this.h, this.start, to, 1);
    } else {
      paintStroke(this.work, this.w, this.h, this.cursor, to, +this.radius.value, this.tool === "erase" ? 0 : 1);
    }
    this.drawMask(this.work);
  }

  use(tool) {
    this.tool = tool;
    this.corner = null;
    for (const button of this.root.querySelectorAll("[data-tool]")) button.setAttribute("aria-checked", button.dataset.tool === tool);
    this.drawGuide();
  }

  key(e) {
    if (this.dataset.mode === "still" || e.altKey) return;
    const undo = (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z";
    if ((e.ctrlKey || e.metaKey) && !undo) return;
    const step = e.shiftKey ? Math.max(4, Math.round(this.w / 16)) : 1;
    const move = (x, y) => () => {
      this.pointed = false;
      this.cursor = { x: Math.max(0, Math.min(this.w, this.cursor.x + x * step)), y: Math.max(0, Math.min(this.h, this.cursor.y + y * step)) };
      this.drawGuide();
    };
    const action = undo ? () => this.undo() : {
      ArrowLeft: move(-1, 0), ArrowRight: move(1, 0), ArrowUp: move(0, -1), ArrowDown: move(0, 1),
      " ": () => this.press(), Enter: () => this.press(), Escape: () => { this.corner = null; this.drawGuide(); },
      b: () => this.use("brush"), x: () => this.use("box"), e: () => this.use("erase"), u: () => this.undo(),
      "[": () => this.resize(-1), "]": () => this.resize(1), ",": () => this.show(this.frame - 1), ".": () => this.show(this.frame + 1),
      Delete: () => this.change(() => new Uint8Array(this.w * this.h)),
    }[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (!action) return;
    e.preventDefault();
    action();
  }

  // The keyboard's stroke: a dab, or a box's corner.
  press() {
    if (this.tool === "box" && !this.corner) {
      this.corner = { ...this.cursor };
      this.drawGuide();
      return;
    }
    const work = this.held(this.frame).slice();
    if (this.tool === "box") paintBox(work, this.w, this.h, this.corner, this.cursor, 1);
    else paintStroke(work, this.w, this.h, this.cursor, this.cursor, +this.radius.value, this.tool === "erase" ? 0 : 1);
    this.corner = null;
    this.change(() => work);
  }

  resize(by) {
    this.radius.value = +this.radius.value + by;
    this.drawGuide();
  }

  keyOf(frame) {
    let found = -1;
    for (const key of this.keys.keys()) if (key <= frame && key > found) found = key;
    return found;
  }

  held(frame) { return this.keys.get(this.keyOf(frame)) ?? new Uint8Array(this.w * this.h); }

  remember() {
    this.undos.push({ frame: this.frame, mask: this.keys.get(this.frame) });
    if (this.undos.length > HISTORY) this.undos.shift();
  }

  change(make) {
    this.remember();
    this.keys.set(this.frame, make());
    this.changed();
  }

  removeKey() {
    if (!this.keys.has(this.frame)) return;
    this.remember();
    this.keys.delete(this.frame);
    this.changed();
  }

  undo() {
    const last = this.undos.pop();
    if (!last) return;
    if (last.mask) this.keys.set(last.frame, last.mask); else this.keys.delete(last.frame);
    this.frame = last.frame;
    this.changed();
  }

  changed() {
    this.show(this.frame);
    this.sent = (this.sent ?? 0) + 1;
    if (!this.channel) return;
    this.state("Sent…");
    this.channel.send({ keys: this.encoded(), number: this.sent });
  }

  encoded() { return Object.fromEntries([...this.keys].sort((a, b) => a[0] - b[0]).map(([frame, mask]) => [frame, encodeMask(mask)])); }

  state(text) { this.root.querySelector(".state").textContent = text; }

  show(frame) {
    this.frame = Math.max(0, Math.min(this.frames - 1, frame));
    const t = Math.min(this.frame, this.pictures - 1);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.w, this.h);
    context.drawImage(this.sheet, (t % this.columns) * this.w, Math.floor(t / this.columns) * this.h, this.w, this.h, 0, 0, this.w, this.h);
    this.drawMask();
    this.drawGuide();
    const find = selector => this.root.querySelector(selector);
    const scrub = find(".scrub"), key = this.keyOf(this.frame);
    scrub.value = this.frame;
    scrub.style.setProperty("--at", this.frames > 1 ? this.frame / (this.frames - 1) : 0);
    scrub.setAttribute("aria-valuetext", `frame ${this.frame + 1} of ${this.frames}`);
    find(".count").textContent = `${this.frame + 1}/${this.frames}`;
    find(".about").textContent = key < 0 ? "nothing painted yet" : key === this.frame ? "key frame" : `holds the mask of frame ${key + 1}`;
    find(".unkey").disabled = key !== this.frame;
    find(".undo").disabled = this.undos.length === 0;
    find(".code").value = `${this.w}x${this.h}x${this.frames}` + Object.entries(this.encoded()).map(([t, text]) => ` ${t}:${text}`).join("");
    find(".keys").replaceChildren(...[...this.keys.keys()].sort((a, b) => a - b).map(t => {
      const mark = document.createElement("button");
      mark.type = "button";
      mark.textContent = t + 1;
      mark.style.setProperty("--t", t);
      mark.setAttribute("aria-label", `Go to key frame ${t + 1}`);
      mark.addEventListener("click", () => this.show(t));
      return mark;
    }));
    this.dataset.frame = this.frame;
  }

  drawMask(mask = this.held(this.frame)) {
    const context = this.layer.getContext("2d");
    const image = context.createImageData(this.w, this.h);
    for (let i = 0; i < mask.length; i++) {
      if (!mask[i]) continue;
      const x = i % this.w, y = Math.floor(i / this.w);
      const edge = (x > 0 && !mask[i - 1]) || (x < this.w - 1 && !mask[i + 1]) || (y > 0 && !mask[i - this.w]) || (y < this.h - 1 && !mask[i + this.w]);
      image.data.set([...TINT, edge ? 255 : 96], i * 4);
    }
    context.putImageData(image, 0, 0);
    this.dataset.painted = mask.reduce((a, b) => a + b, 0);
  }

  // What the next stroke would touch.
  drawGuide() {
    const canvas = this.guide, context = canvas.getContext("2d");
    const scale = canvas.width / this.w;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const focused = this.root.activeElement === this.stage;
    if (this.dataset.mode === "still" || !(this.pointed || focused) || this.work && this.tool === "box") return;
    for (const [color, width] of [["rgba(0,0,0,0.65)", 4], ["#fff", 1.8]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      if (this.tool === "box") {
        const { x, y } = this.cursor;
        if (this.corner) context.rect(this.corner.x * scale, this.corner.y * scale, (x - this.corner.x) * scale, (y - this.corner.y) * scale);
        context.moveTo(x * scale - 9, y * scale); context.lineTo(x * scale + 9, y * scale);
        context.moveTo(x * scale, y * scale - 9); context.lineTo(x * scale, y * scale + 9);
      } else {
        context.arc(this.cursor.x * scale, this.cursor.y * scale, +this.radius.value * scale, 0, 2 * Math.PI);
      }
      context.stroke();
    }
  }

  pause() { this.channel?.close(); this.channel = null; }

  resume() { if (this.root && !this.channel && kernelWithin()) this.connect(); }
}
