export { HubService, type HubServiceArgs } from "./hubService";
