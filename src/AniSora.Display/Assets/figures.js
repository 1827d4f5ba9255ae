// Draws a page's figures and redraws them when the theme changes. Stands behind figure-core.js.
const styles = getComputedStyle(document.documentElement);
const color = name => styles.getPropertyValue(name).trim();
const draw = () => {
  for (const source of document.querySelectorAll("script[data-figure]")) {
    const area = document.getElementById(source.dataset.figure);
    Plotly.react(area, ...plotlyArguments(JSON.parse(source.textContent), color, getComputedStyle(document.body).fontFamily));
  }
  document.documentElement.dataset.figures = document.querySelectorAll(".js-plotly-plot").length;
};
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
