/** Kinds of servers as the program has them. */
import type { EnvironmentConfig } from "./environment";

/** A kind of server, for some of the people. */
export interface ProfileConfig {
  readonly name: string;
  /** Its name in images, forms and files. */
  readonly slug: string;
  /** Absent: what all servers have. */
  readonly environment?: EnvironmentConfig;
  readonly memoryBytes: number;
  readonly memoryReservedBytes: number;
  readonly cpus: number;
  readonly cpusReserved: number;
  /** GPUs that one of these servers has for itself. */
  readonly gpus: number;
  /** Empty: everybody's. */
  readonly groups: readonly string[];
}

/** "Large data, R" is large-data-r. */
export function profileSlug(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
}
