// A channel to the kernel, where the page has a way to it; null where it has none (VS Code lends output scripts no kernel, a
// saved page has none at all).
const openChannel = (target, data) => classicKernel() ? classicChannel(target, data) : labServer() ? labChannel(target, data) : null;

const kernelWithin = () => Boolean(classicKernel() ?? labServer());

const classicKernel = () => globalThis.Jupyter?.notebook?.kernel?.comm_manager;

const classicChannel = (target, data) => {
  if (!globalThis.Jupyter.notebook.kernel.is_connected()) return null;
  const comm = classicKernel().new_comm(target, data);
  const channel = { send: message => comm.send(message), close: () => comm.close(), received: null, closed: null };
  comm.on_msg(message => channel.received?.(message.content.data));
  comm.on_close(() => channel.closed?.());
  globalThis.Jupyter.notebook.events?.one("kernel_restarting.Kernel kernel_autorestarting.Kernel kernel_dead.Kernel", () => channel.closed?.());
  return channel;
};

// JupyterLab and Notebook 7 lend output scripts no kernel either, but their page says where the server is, whose kernels speak
// Jupyter's protocol. An output does not know which one is its own: that of the page's notebook is asked first, then the others, and who
// does not know what the channel is for closes it.
const labServer = () => document.getElementById("jupyter-config-data");

const labChannel = async (target, data) => {
  const { baseUrl = "/", wsUrl, token } = JSON.parse(labServer().textContent);
  const base = new URL(baseUrl, location.href), sockets = new URL(wsUrl || base.href.replace(/^http/, "ws"));
  const answer = await fetch(new URL("api/sessions", base), { headers: token ? { Authorization: `token ${token}` } : {} });
  if (!answer.ok) return null;
  const here = decodeURIComponent(location.pathname), own = session => here.endsWith(`/${session.path}`);
  for (const { kernel } of (await answer.json()).filter(s => s.kernel).sort((a, b) => own(b) - own(a))) {
    const url = new URL(`api/kernels/${kernel.id}/channels`, sockets);
    if (token) url.searchParams.set("token", token);
    const channel = await dial(url, target, data);
    if (channel) return channel;
  }
  return null;
};

const unique = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("");

// A comm over a socket of its own; null if the kernel does not take it. It has taken it when it is idle again after comm_open.
const dial = (url, target, data) => new Promise(done => {
  const id = unique(), session = unique(), waiting = [];
  url.searchParams.set("session_id", session);
  const socket = new WebSocket(url);
  let opening, handler = null, taken = false, over = false;
  const say = (type, content) => {
    const header = { msg_id: unique(), msg_type: type, session, username: "", version: "5.3", date: new Date().toISOString() };
    socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content: { comm_id: id, ...content }, buffers: [] }));
    return header.msg_id;
  };
  const end = () => {
    if (over) return;
    over = true;
    socket.close();
    if (taken) channel.closed?.();
    else done(null);
  };
  const channel = {
    closed: null,
    send: message => say("comm_msg", { data: message }),
    close: () => { over = true; if (socket.readyState === WebSocket.OPEN) say("comm_close", { data: {} }); socket.close(); },
    set received(then) { handler = then; waiting.splice(0).forEach(then); },
  };
  socket.onopen = () => opening = say("comm_open", { target_name: target, data });
  socket.onclose = end;
  socket.onmessage = ({ data: text }) => {
    if (typeof text !== "string") return;
    const { header: { msg_type: type }, parent_header: { msg_id: parent }, content } = JSON.parse(text);
    if (type === "comm_msg" && content.comm_id === id) handler ? handler(content.data) : waiting.push(content.data);
    else if (type === "comm_close" && content.comm_id === id || type === "status" && ["restarting", "dead"].includes(content.execution_state)) end();
    else if (type === "status" && content.execution_state === "idle" && parent === opening) { taken = true; done(channel); }
  };
});
