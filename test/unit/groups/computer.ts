import { group, ofMachines } from "../lib/group";

group(
  ["components", "config", "program"],
  (file) => !ofMachines(file) && !file.includes("sdkStartup"),
);
