// Notices in JupyterLab and in Notebook: that the disk space of the home is nearly used up, and that
// the server runs without the student's own configuration, because it did not start with it. This is
// a module federation container, written as webpack writes one: nothing has to be built for it.
"use strict";

(() => {
  const first = 5_000;
  const everyHour = 3_600_000;
  const day = 24 * everyHour;

  /** What the memory display's extension says: only where the home has a limit does it tell a disk. */
  async function usage(settings) {
    const url = `${settings.baseUrl}api/metrics/v1`;
    const answer = await settings.fetch(new settings.Request(url, settings.init));
    const { disk_used: used, disk_total: total, limits } = await answer.json();
    return { used, total, warn: limits?.disk?.warn === true };
  }

  const gigabytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

  /** The notice's words. */
  function notice({ used, total }) {
    const percent = Math.floor((used / total) * 100);
    return (
      `Your files take up ${gigabytes(used)} of ${gigabytes(total)} (${percent} %). When your space is ` +
      "used up, nothing more can be saved. Please delete what you no longer need; in a terminal, " +
      "du -ah ~ | sort -h | tail shows what is large."
    );
  }

  /** What the server says through the page. */
  function saidByServer() {
    const data = document.getElementById("jupyter-config-data");
    return data ? JSON.parse(data.textContent).semesterhubNotice : undefined;
  }

  function activate(app) {
    const say = (message, type) =>
      app.commands.execute("apputils:notify", { message, type, options: { autoClose: false } });
    const said = saidByServer();
    if (said) app.restored.then(() => say(said, "error"));
    const settings = app.serviceManager.serverSettings;
    let told = 0;
    async function look() {
      const now = Date.now();
      const seen = await usage(settings);
      if (!seen.warn) {
        told = 0;
      } else if (now - told >= day) {
        told = now;
        await say(notice(seen), "warning");
      }
    }
    // A server that does not answer is told by the page itself.
    const quietly = () => look().catch(() => undefined);
    setTimeout(quietly, first);
    setInterval(quietly, everyHour);
  }

  const plugin = { id: "semesterhub:quota", autoStart: true, activate };
  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB.semesterhub = {
    init: () => undefined,
    get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
  };
})();
