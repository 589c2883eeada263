// @ts-check
// npm run library: packages for everybody's Python, at once and without a new image.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import {
  askLibrary,
  changed,
  fetchPackages,
  libraryTable,
  readNames,
} from "./lib/course/library.mjs";
import { openEngines } from "./lib/docker/engines.mjs";

const command = {
  name: "library",
  about:
    "Python packages that everybody's Python finds, once on the disk and without a new image.\n" +
    "add NAME…       a new version of the library with these packages; it counts at once\n" +
    "remove NAME…    a new version without them\n" +
    "use VERSION     an earlier version counts again\n" +
    "forget VERSION  frees its disk space\n" +
    "Without a step: the versions, and which one counts.",
  positionals: "[STEP NAME…]",
  most: 100,
  options: {},
  more:
    "A kernel that runs keeps the version that it began with; the next one has the new version.\n" +
    "What the image has keeps its version, and what a student installs wins, for that student.",
};

await runCommand(command, async (args, stack) => {
  const [step, ...names] = args.words;
  const steps = ["add", "remove", "use", "forget"];
  if (step !== undefined && !steps.includes(step)) {
    throw usage(command, `"${step}" is no step; there are ${steps.join(", ")}.`);
  }
  if (step !== undefined && names.length === 0) throw usage(command, `${step} needs a name.`);
  const [version = ""] = names;
  const named = step === "add" || step === "remove" ? readNames(names) : [];
  const engines = await openEngines(stack);
  if (step === "add" || step === "remove") {
    const { current, versions } = await askLibrary(engines, { do: "list" });
    const last = current === null ? [] : (versions[current] ?? []);
    const requirements = changed(last, step, named);
    const { folder = "" } = await askLibrary(engines, { do: "begin" });
    const installed = await fetchPackages(engines, folder, requirements);
    const library = await askLibrary(engines, { do: "finish", folder, requirements });
    console.log(`${installed.join(" ")}\n${libraryTable(library)}`);
    return 0;
  }
  const request = step === "use" || step === "forget" ? { do: step, version } : { do: "list" };
  console.log(libraryTable(await askLibrary(engines, request)));
  return 0;
});
