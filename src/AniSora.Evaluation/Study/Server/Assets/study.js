"use strict";
// Keys, videos that begin together when all of them are there, and the time an answer took. The page works without.
const form = document.querySelector("form");
if (form) {
  const main = document.querySelector("main"), videos = [...document.querySelectorAll(".clip video")], lines = [...form.querySelectorAll("fieldset")];
  const pairs = main.classList.contains("pairs"), pause = document.querySelector(".pause"), missing = document.querySelector(".missing");
  const radios = line => [...line.querySelectorAll("input")], chosen = line => radios(line).findIndex(r => r.checked);
  let began = performance.now(), sent = false;

  // How long a video takes to arrive must not show: all begin at once, from their first frame.
  const ready = video => new Promise(done => {
    const look = () => { if (video.readyState >= 4 || video.error) done(); };
    ["canplaythrough", "error"].forEach(event => video.addEventListener(event, look));
    look();
  });
  const play = () => videos.forEach(video => video.play().catch(() => {}));
  const show = playing => { pause.textContent = playing ? "Pause" : "Play"; pause.hidden = false; };
  const toggle = () => { const playing = videos.every(v => v.paused); if (playing) play(); else videos.forEach(v => v.pause()); show(playing); };
  main.classList.add("waiting");
  videos.forEach(video => video.pause());
  Promise.all(videos.map(ready)).then(() => {
    if (videos.some(v => v.error)) { document.querySelector(".loading").textContent = "This video could not be loaded. Reload the page."; return; }
    main.classList.remove("waiting");
    videos.forEach(video => { video.currentTime = 0; video.loop = videos.length === 1; });
    videos.forEach(video => video.addEventListener("ended", () => { if (videos.every(v => v.ended)) { videos.forEach(v => { v.currentTime = 0; }); play(); } }));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!calm) play();
    show(!calm);
    began = performance.now();
  });
  pause.addEventListener("click", toggle);

  let at = 0;
  const go = line => { at = Math.max(0, Math.min(lines.length - 1, line)); const own = radios(lines[at]); own[Math.max(0, chosen(lines[at]))].focus(); };
  const choose = index => {
    const radio = radios(lines[at])[index];
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    if (at + 1 < lines.length) go(at + 1); else radio.focus();
  };
  lines.forEach((line, i) => line.addEventListener("focusin", () => { at = i; }));
  form.addEventListener("change", () => { missing.textContent = ""; });
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.closest("button, a");
    const keys = pairs ? { ArrowLeft: 0, ArrowUp: 1, ArrowRight: 2, 1: 0, 2: 1, 3: 2 } : { 1: 0, 2: 1, 3: 2, 4: 3, 5: 4 };
    if (event.key in keys) choose(keys[event.key]);
    else if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const own = chosen(lines[at]), by = event.key === "ArrowLeft" ? -1 : 1, to = own < 0 ? 2 : Math.max(0, Math.min(4, own + by));
      radios(lines[at])[to].checked = true;
      radios(lines[at])[to].focus();
    } else if (event.key === " " && !onButton) toggle();
    else if (event.key === "Enter" && !onButton) form.requestSubmit(form.querySelector(".button"));
    else return;
    event.preventDefault();
  });

  // The browser's own bubble cannot be put into this page's words, and radios here are transparent.
  form.noValidate = true;
  form.addEventListener("submit", event => {
    const open = lines.findIndex(line => chosen(line) < 0);
    if (open >= 0 || sent) {
      event.preventDefault();
      if (open >= 0) { missing.textContent = `Please choose on every line: ${lines[open].querySelector("legend").firstChild.textContent.trim()} is open.`; go(open); }
      return;
    }
    sent = true;
    form.elements.milliseconds.value = Math.round(performance.now() - began);
    form.querySelector(".button").disabled = true;
  });
  // A page that comes back from the browser's memory may be answered; the server knows which one is next.
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
}
