// A channel to the kernel, where the page has a way to it; null where it has none (JupyterLab and VS Code lend output
// scripts no kernel, a saved page has none at all).
const openChannel = async (target, data) => {
  const kernel = globalThis.Jupyter?.notebook?.kernel;
  if (!kernel?.comm_manager || !kernel.is_connected()) return null;
  const comm = kernel.comm_manager.new_comm(target, data);
  const channel = { send: message => comm.send(message), close: () => comm.close(), received: null, closed: null };
  comm.on_msg(message => channel.received?.(message.content.data));
  comm.on_close(() => channel.closed?.());
  globalThis.Jupyter.notebook.events?.one("kernel_restarting.Kernel kernel_autorestarting.Kernel kernel_dead.Kernel", () => channel.closed?.());
  return channel;
};

const kernelWithin = () => Boolean(globalThis.Jupyter?.notebook?.kernel?.comm_manager);
