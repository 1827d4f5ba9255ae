// Draws the figures and redraws them when the theme changes: colours written var(--name) are the page's own.
(() => {
  "use strict";
  const styles = getComputedStyle(document.documentElement);
  const color = name => styles.getPropertyValue(name).trim();
  const resolve = value => {
    if (typeof value === "string") return value.replace(/var\((--[\w-]+)\)/g, (_, name) => color(name));
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
    return value;
  };
  const axis = own => ({
    gridcolor: color("--line"), linecolor: color("--line"), zerolinecolor: color("--line"),
    tickfont: { size: 12 }, automargin: true, ...own,
    title: { font: { size: 12.5 }, standoff: 8, ...(own.title || {}) },
  });
  const draw = () => {
    for (const source of document.querySelectorAll("script[data-figure]")) {
      const { data, layout } = resolve(JSON.parse(source.textContent));
      const area = document.getElementById(source.dataset.figure);
      const full = {
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: color("--muted") },
        margin: { l: 56, r: 16, t: layout.title ? 48 : 12, b: 44 },
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
        hoverlabel: { bgcolor: color("--card"), bordercolor: color("--line"), font: { color: color("--ink") } },
        bargap: 0.3, bargroupgap: 0.06, hovermode: "closest",
        ...layout,
      };
      for (const name of ["xaxis", "yaxis", "yaxis2"]) if (layout[name]) full[name] = axis(layout[name]);
      Plotly.react(area, data, full, { responsive: true, displaylogo: false, displayModeBar: false });
    }
    document.documentElement.dataset.figures = document.querySelectorAll(".js-plotly-plot").length;
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
