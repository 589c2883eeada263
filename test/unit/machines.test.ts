import { group, ofMachines } from "./group";

group("program", (file) => ofMachines.has(file));
