export { Alerts } from "./alerts";
export type { AlertsArgs } from "./alerts";
