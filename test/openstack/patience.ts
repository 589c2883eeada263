/** The stack of these tests. */
export const cloudStack = process.env["SEMESTERHUB_CLOUD_STACK"] ?? "tc1";

/** Seconds that a step may take on machines whose processors are emulated. */
export const patience = 600;
