export { HubHost, type CourseImages, type CourseImagesArgs, type HubHostArgs } from "./hubHost";
export { environmentsOf, serverImages, type ServerImages } from "./environments";
export type { NeededImage } from "./imageSources";
