// A figure: drawn already as SVG. In a notebook with a kernel to ask, a button puts a plotly.js figure in its place.
const gunzip = async text => {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};

const install = async text => {
  const script = document.createElement("script");
  script.textContent = await gunzip(text);
  document.head.append(script);
  script.remove();
  if (!globalThis.Plotly) throw new Error("plotly.js did not start");
};

class Output extends NotebookOutput {
  build() {
    const embedded = this.querySelector("script[data-json]");
    if (embedded) {
      this.draw(JSON.parse(embedded.textContent)).catch(error => this.say(error.message));
      return;
    }
    if (!this.dataset.figures || !kernelWithin()) return;
    const button = this.button = document.createElement("button");
    button.type = "button";
    button.textContent = "Explore";
    button.title = "Zoom and point at values; loads plotly.js from the kernel, not into the notebook";
    button.style.cssText = "all:revert;position:absolute;top:0;right:0;font:600 12px system-ui,sans-serif;color:var(--muted);background:var(--card);border:1px solid var(--line);border-radius:999px;padding:4px 12px;cursor:pointer;opacity:0;transition:opacity .15s";
    button.addEventListener("click", () => this.explore().catch(error => this.say(error.message)));
    button.addEventListener("focus", () => button.style.opacity = 1);
    this.addEventListener("pointerenter", () => button.style.opacity = 1);
    this.addEventListener("pointerleave", () => { if (!button.disabled) button.style.opacity = 0; });
    this.append(button);
  }

  say(text) {
    if (this.button) { this.button.textContent = text; this.button.style.opacity = 1; this.button.disabled = true; }
    else console.warn(text);
  }

  async explore() {
    this.button.disabled = true;
    this.button.textContent = "Loading…";
    const ids = this.dataset.figures.split(" ");
    const channel = await openChannel("anisora.figures", { figures: ids });
    if (!channel) throw new Error("No kernel knows this figure: run its cell again");
    const ask = message => new Promise((done, fail) => {
      channel.received = answer => answer.error ? fail(new Error(answer.error)) : done(answer);
      channel.closed = () => fail(new Error("The kernel does not know this figure: run its cell again"));
      channel.send(message);
    });
    try {
      const figures = [];
      for (const id of ids) figures.push((await ask({ figure: id })).figure);
      if (!globalThis.Plotly) {
        const library = [];
        for (let part = 0, parts = 1; part < parts; part++) {
          const answer = await ask({ part });
          parts = answer.parts;
          library.push(answer.text);
          this.button.textContent = `Loading ${Math.round((part + 1) / parts * 100)} %`;
        }
        await install(library.join(""));
      }
      await this.draw(figures);
      this.button.remove();
    } finally {
      channel.close();
    }
  }

  // The library may stand in an earlier output of the page.
  async draw(figures) {
    if (!globalThis.Plotly) {
      const library = document.querySelector("script[data-anisora-plotly]");
      if (!library) throw new Error("plotly.js is not on this page");
      globalThis.anisoraPlotly ??= install(library.textContent);
      await globalThis.anisoraPlotly;
    }
    this.figures = figures;
    const drawings = [...this.querySelectorAll("svg")].filter(svg => !svg.closest(".js-plotly-plot"));
    this.areas = figures.map((figure, i) => {
      const area = document.createElement("div");
      area.style.cssText = `width:${drawings[i].getBoundingClientRect().width || 720}px;max-width:100%;height:${figure.layout.height ?? 320}px`;
      drawings[i].replaceWith(area);
      return area;
    });
    this.themed();
    this.dataset.interactive = "";
  }

  themed() {
    const styles = getComputedStyle(this);
    this.areas?.forEach((area, i) =>
      Plotly.react(area, ...plotlyArguments(this.figures[i], name => styles.getPropertyValue(name).trim(), "Inter, system-ui, sans-serif")));
  }
}

document.head.append(Object.assign(document.createElement("style"), { textContent: CSS }));
