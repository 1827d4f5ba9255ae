// The players of a page: each group on it, once the sprite sheets are there. Stands behind player-core.js.
const start = async () => {
  const used = new Set([...document.querySelectorAll("canvas[data-sheet]")].map(c => c.dataset.sheet));
  await Promise.all([...used].map(id => ready(document.getElementById(id))));
  for (const canvas of document.querySelectorAll("canvas[data-still]")) drawFrame(canvas, +canvas.dataset.still);
  for (const canvas of document.querySelectorAll("canvas[data-strip]"))
    for (let t = 0; t < +canvas.dataset.frames; t++) drawFrame(canvas, t, t * +canvas.dataset.w);
  const players = [...document.querySelectorAll(".player")].map(root => new Player(root));
  for (const player of players) playInSight.add(player);
  document.documentElement.dataset.players = players.length;
};
start();
