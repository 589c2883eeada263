export { Grading } from "./grading";
export type { GradingArgs } from "./grading";
