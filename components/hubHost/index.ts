export { HubHost, type HubHostArgs } from "./hubHost";
