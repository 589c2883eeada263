import { group, ofMachines } from "../lib/group";

group(["components", "program"], ofMachines);
