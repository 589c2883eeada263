import { open } from "./open";
import { spawn } from "./spawn";
import { staticFiles } from "./static";

/** The benchmarks that make hubs of their own, by name. */
export const benchmarks = { spawn, static: staticFiles, open };
