export { databaseServers } from "./databaseService";
export { HubService, type HubServiceArgs } from "./hubService";
