// Masks as text: lengths of runs, zeros first, as varints in base64; the same as MaskCode.cs.
const encodeMask = mask => {
  const bytes = [];
  let at = 0, value = 0;
  while (at < mask.length) {
    let run = 0;
    while (at < mask.length && mask[at] === value) { run++; at++; }
    value ^= 1;
    while (run > 127) { bytes.push(run & 127 | 128); run >>>= 7; }
    bytes.push(run);
  }
  return btoa(String.fromCharCode(...bytes));
};

const decodeMask = (text, length) => {
  const mask = new Uint8Array(length);
  let at = 0, value = 0, run = 0, shift = 0;
  for (const character of atob(text)) {
    const byte = character.charCodeAt(0);
    run |= (byte & 127) << shift;
    if (byte & 128) { shift += 7; continue; }
    if (value) mask.fill(1, at, at + run);
    at += run;
    value ^= 1;
    run = shift = 0;
  }
  return mask;
};

// A disc, drawn from one place to another.
const paintStroke = (mask, width, height, from, to, radius, value) => {
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius)), right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius)), bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
  const dx = to.x - from.x, dy = to.y - from.y, squared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - from.x, py = y + 0.5 - from.y;
      const along = squared ? Math.max(0, Math.min(1, (px * dx + py * dy) / squared)) : 0;
      if (Math.hypot(px - along * dx, py - along * dy) <= radius) mask[y * width + x] = value;
    }
  }
};

const paintBox = (mask, width, height, from, to, value) => {
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x))), right = Math.min(width, Math.ceil(Math.max(from.x, to.x)));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y))), bottom = Math.min(height, Math.ceil(Math.max(from.y, to.y)));
  for (let y = top; y < bottom; y++) mask.fill(value, y * width + left, Math.max(y * width + left, y * width + right));
};
