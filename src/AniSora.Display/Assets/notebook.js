// What all notebook outputs share: they start when their content is there, follow the page's theme, and keep their keys.
const luminance = color => {
  const [r, g, b, a = 1] = (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  return a < 0.5 ? null : (0.299 * r + 0.587 * g + 0.114 * b) / 255;
};

class NotebookOutput extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("[data-end]")) this.begin();
  }

  begin() {
    if (!this.isConnected) return;
    this.followTheme();
    if (this.begun) { this.resume(); return; }
    this.begun = true;
    // Single keys are commands to Jupyter (x cuts the cell): what is typed in here stays in here.
    this.addEventListener("keydown", e => e.stopPropagation());
    this.build();
  }

  disconnectedCallback() {
    this.themes?.disconnect();
    this.themes = null;
    this.pause?.();
  }

  resume() {}

  // A tree of its own: the notebook's style sheets do not reach in, ours do not reach out.
  shadow() {
    const root = this.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = CSS;
    root.append(style, this.querySelector("template").content.cloneNode(true));
    return root;
  }

  // Notebooks have themes of their own, whatever the system prefers: the ground that is really there decides.
  followTheme() {
    if (this.themes) return;
    const look = () => {
      let light = null;
      for (let at = this; at && light === null; at = at.parentElement) light = luminance(getComputedStyle(at).backgroundColor);
      const theme = light !== null && light < 0.5 ? "dark" : "light";
      if (this.dataset.theme === theme) return;
      this.dataset.theme = theme;
      this.themed?.();
    };
    look();
    this.themes = new MutationObserver(() => requestAnimationFrame(look));
    for (const at of [document.documentElement, document.body])
      this.themes.observe(at, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-vscode-theme-kind"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
  }
}

const loaded = images => Promise.all(images.map(image => image.decode().catch(() => {})));
