// Notices in JupyterLab and in Notebook: that the disk space of the home is nearly used up, that the
// server runs without the student's own configuration, because it did not start with it, and what the
// course announces. And the commands for earlier versions of files, whose dialog is in earlier.js. This is
// a module federation container, written as webpack writes one: nothing has to be built for it.
"use strict";

(() => {
  const first = 5_000;
  const everyHour = 3_600_000;
  const day = 24 * everyHour;
  const everyNews = 20_000;

  const here = document.currentScript.src;
  let modules;

  /** Asks this server. Without the token of the page's cookie it would take the page for a stranger's. */
  function ask(settings, path, more) {
    const request = new settings.Request(settings.baseUrl + path, { ...settings.init, ...more });
    const [, token] = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie) ?? [];
    if (token !== undefined) request.headers.set("X-XSRFToken", token);
    // As a function: browsers refuse theirs as a method of something else.
    const { fetch } = settings;
    return fetch(request);
  }

  /** What the memory display's extension says: only where the home has a limit does it tell a disk. */
  async function usage(settings) {
    const answer = await ask(settings, "api/metrics/v1");
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
    return data ? JSON.parse(data.textContent) : {};
  }

  const dismissed = "semesterhub:dismissed";

  /** The announcement at the foot of the page, as text, until it ends or is read. */
  function showNews(announcement) {
    const shown = document.getElementById("semesterhub-news");
    const id = announcement?.id ?? "";
    if ((shown?.dataset.id ?? "") === id) return;
    shown?.remove();
    if (!announcement || localStorage.getItem(dismissed) === id) return;
    const box = document.createElement("div");
    box.id = "semesterhub-news";
    box.dataset.id = id;
    box.setAttribute("role", "status");
    box.style.cssText =
      "position: fixed; z-index: 10000; left: 50%; bottom: 2.5rem; transform: translateX(-50%);" +
      "max-width: min(40rem, calc(100vw - 4rem)); max-height: 40vh; overflow: auto; padding: 0.75rem 1rem;" +
      "display: flex; gap: 1rem; align-items: flex-start; border-radius: 0.4rem; background: #fff3cd;" +
      "color: #332701; border: 1px solid #997404; box-shadow: 0 2px 12px #0005;" +
      "font: 14px/1.5 system-ui, sans-serif;";
    const text = document.createElement("span");
    text.textContent = announcement.text;
    text.style.cssText = "white-space: pre-line; overflow-wrap: anywhere; flex: 1;";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Dismiss";
    close.style.cssText =
      "font: inherit; color: inherit; background: none; border: 1px solid currentColor;" +
      "border-radius: 0.3rem; padding: 0 0.6rem; cursor: pointer;";
    close.addEventListener("click", () => {
      localStorage.setItem(dismissed, id);
      box.remove();
    });
    box.append(text, close);
    document.body.append(box);
  }

  async function lookForNews(settings) {
    const answer = await ask(settings, "semesterhub/news");
    if (answer.ok) showNews((await answer.json()).announcement);
  }

  function activate(app) {
    const say = (message, type) =>
      app.commands.execute("apputils:notify", { message, type, options: { autoClose: false } });
    const said = saidByServer().semesterhubNotice;
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
    const news = () => lookForNews(settings).catch(() => undefined);
    app.restored.then(news);
    setInterval(news, everyNews);
  }

  /** A module that JupyterLab shares with extensions; undefined: this page has none. */
  async function shared(name) {
    const versions = Object.values(modules?.[name] ?? {});
    const one = versions.find(({ loaded }) => loaded) ?? versions[0];
    return one && (await one.get())();
  }

  /** Commands of the file browser, which are there where the course has backups. */
  function offerEarlier(app, apputils, widgets, browser, palette) {
    const { contents, serverSettings } = app.serviceManager;
    const tools = {
      ask: (path, more) => ask(serverSettings, path, more),
      shared: { apputils, widgets },
      refresh: () => browser.model.refresh(),
    };
    const isHome = (path) => ["", "RTC"].includes(contents.driveName(path));
    const chosen = () => {
      const items = [...browser.selectedItems()];
      return items.length === 1 && isHome(items[0].path) ? items[0].path : undefined;
    };
    const folder = () => (isHome(browser.model.path) ? browser.model.path : undefined);
    for (const [command, label, selector, rank, path] of [
      ["chosen", "Earlier Versions…", ".jp-DirListing-item[data-isdir]", 9.5, chosen],
      ["folder", "Earlier Versions of This Folder…", ".jp-DirListing-content", 54, folder],
    ]) {
      const id = `semesterhub:earlier-${command}`;
      app.commands.addCommand(id, {
        label,
        caption: "Take an earlier version out of the backups, and put it beside the present one",
        isEnabled: () => path() !== undefined,
        execute: async () => {
          const { show } = await import(new URL("earlier.js", here).href);
          await show(tools, contents.localPath(path()));
        },
      });
      app.contextMenu.addItem({ command: id, selector, rank });
      palette?.addItem({ command: id, category: "File Operations" });
    }
  }

  async function plugins() {
    const found = [{ id: "semesterhub:quota", autoStart: true, activate }];
    if (!saidByServer().semesterhubEarlier) return found;
    const names = ["@jupyterlab/filebrowser", "@jupyterlab/apputils", "@lumino/widgets"];
    // A module that can't be had is no reason to go without the notices.
    const [browsers, apputils, widgets] = await Promise.all(names.map(shared)).catch(() => []);
    if (!browsers || !apputils || !widgets) return found;
    found.push({
      id: "semesterhub:earlier",
      autoStart: true,
      optional: [browsers.IDefaultFileBrowser, apputils.ICommandPalette],
      activate: (app, browser, palette) => {
        if (browser) offerEarlier(app, apputils, widgets, browser, palette);
      },
    });
    return found;
  }

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB.semesterhub = {
    init: (scope) => {
      modules = scope;
    },
    get: async () => {
      const found = await plugins();
      return () => ({ __esModule: true, default: found });
    },
  };
})();
