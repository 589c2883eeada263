// The dialog of earlier versions: which states a file or folder has had in the course's backups, and one
// of them put beside the present one. Loaded when it is first asked for.

const giveUpOnList = 45_000;
const giveUpOnRestore = 600_000;
const longestName = 240;

/** Asks this student's server, which asks the backups, until there is an answer. */
async function answerTo(ask, request, patience) {
  const end = Date.now() + patience;
  const post = { method: "POST", body: JSON.stringify(request) };
  let answer = await (await ask("semesterhub/earlier", post)).json();
  while (answer.waiting) {
    if (Date.now() > end) {
      throw new Error("The backups do not answer. Try again later, or tell the course's staff.");
    }
    const query = new URLSearchParams(answer.waiting);
    answer = await (await ask(`semesterhub/earlier?${query}`)).json();
  }
  if (!answer.ok) throw new Error(answer.message ?? "Your server did not take the request.");
  return answer;
}

const shownTime = (instant) =>
  new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function shownSize(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** step).toFixed(step && 1)} ${units[step]}`;
}

function shownState({ first, kind, files, bytes }) {
  const count = kind === "folder" ? `${files} ${files === 1 ? "file" : "files"}, ` : "";
  return `${shownTime(first)}  (${count}${shownSize(bytes)})`;
}

/** "report (2026-11-29 14.00).ipynb", by this computer's clock and zone. */
export function nameBeside(path, { first, kind }) {
  const last = path.split("/").at(-1) || "home";
  const dot = kind === "folder" ? -1 : last.lastIndexOf(".");
  const ending = dot > 0 ? last.slice(dot) : "";
  const letters = [...(dot > 0 ? last.slice(0, dot) : last)];
  const when = new Date(first);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  const stamp = `${day} ${two(when.getHours())}.${two(when.getMinutes())}`;
  const name = () => `${letters.join("")} (${stamp})${ending}`;
  while (letters.length > 1 && new TextEncoder().encode(name()).length > longestName) letters.pop();
  return name();
}

function option(text, value) {
  const made = document.createElement("option");
  made.textContent = text;
  made.value = value;
  return made;
}

function group(label, options) {
  const made = document.createElement("optgroup");
  made.label = label;
  made.append(...options);
  return made;
}

/** The dialog's content: a list that is filled when the answer is there. */
function body(path, listing) {
  const node = document.createElement("div");
  node.className = "semesterhub-earlier";
  // JupyterLab puts a frame of one line's height around each list of a dialog.
  const look = document.createElement("style");
  look.textContent = ".semesterhub-earlier .jp-select-wrapper { height: auto !important; }";
  const said = document.createElement("p");
  said.id = "semesterhub-earlier-said";
  said.setAttribute("role", "status");
  said.textContent = "Looking in the backups…";
  const list = document.createElement("select");
  list.className = "jp-mod-styled";
  list.size = 12;
  list.setAttribute("aria-label", `Earlier versions of ${path || "your files"}`);
  list.setAttribute("aria-describedby", said.id);
  list.style.cssText =
    "display: block; height: 14rem; min-width: 28rem; max-width: 100%; background-image: none;";
  node.append(look, said, list);
  listing.then(
    ({ states, names, complete }) => {
      const versions = states.map((state, index) => option(shownState(state), `state ${index}`));
      const gone = names.map(({ name, last }, index) =>
        option(`${name}  (last there ${shownTime(last)})`, `name ${index}`),
      );
      if (gone.length > 0) {
        list.append(group("Earlier versions of this folder", versions));
        list.append(group("No longer in this folder", gone));
      } else {
        list.append(...versions);
      }
      const first = list.querySelector("option");
      if (first) first.selected = true;
      const more = complete
        ? ""
        : " Not all backups are looked through yet; look again in some minutes.";
      said.textContent = first
        ? `What you choose is put beside the present one. Nothing is overwritten.${more}`
        : `There are no backups of it yet.${more}`;
    },
    (error) => {
      said.textContent = error.message;
    },
  );
  return { node, chosen: () => list.value };
}

/** Shows the list for a path, and puts what is chosen in its place. */
export async function show({ ask, shared, refresh }, path) {
  const { Dialog, Notification, showDialog } = shared.apputils;
  const listing = answerTo(ask, { do: "list", path }, giveUpOnList);
  const { node, chosen } = body(path, listing);
  const widget = new shared.widgets.Widget({ node });
  widget.getValue = chosen;
  const { button, value } = await showDialog({
    title: path
      ? `Earlier versions of “${path.split("/").at(-1)}”`
      : "Earlier versions of your files",
    body: widget,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: "Put Beside" })],
    focusNodeSelector: "select",
  });
  const [kind, index] = (value ?? "").split(" ");
  if (!button.accept || !kind) return;
  const coming = takeBack(ask, path, await listing, { kind, index });
  Notification.promise(coming, {
    pending: { message: "Taking it out of the backups…" },
    success: { message: ({ name }) => `“${name}” is there.`, options: { autoClose: 10_000 } },
    error: { message: (reason) => reason.message, options: { autoClose: false } },
  });
  await coming.then(refresh, () => undefined);
}

/** Has what was chosen put in its place: a version of the path, or what was below it and is gone. */
async function takeBack(ask, path, { states, names }, { kind, index }) {
  let wanted = { path, state: states[index] };
  if (kind === "name") {
    const child = path ? `${path}/${names[index].name}` : names[index].name;
    const listing = await answerTo(ask, { do: "list", path: child }, giveUpOnList);
    wanted = { path: child, state: listing.states[0], name: names[index].name };
  }
  if (!wanted.state) throw new Error("No backup has it any more.");
  const name = wanted.name ?? nameBeside(wanted.path, wanted.state);
  const request = { do: "restore", path: wanted.path, backup: wanted.state.backup, name };
  return answerTo(ask, request, giveUpOnRestore);
}
