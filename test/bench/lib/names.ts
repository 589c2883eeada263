/** What the names of the benchmarks' Docker objects start with; all of it is removed at the end. */
export const prefix = "semesterhub-bench";

/** The stack's name, in the labels of what belongs to our side. */
export const stack = "bench";

/** Memory of one student's server: small, so that 200 fit. */
export const memory = { limit: 256 * 1024 ** 2, reserved: 8 * 1024 ** 2 };

/** Networks that no other part of semesterhub uses. */
export const subnets = {
  oursControl: "10.40.16.0/24",
  oursCourse: "10.40.0.0/20",
  stock: "10.40.32.0/20",
};

/** The address on which the hubs are reached, unless a benchmark needs another of this computer's. */
export const loopback = "127.0.0.1";
