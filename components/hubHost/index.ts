export { HubHost, type CourseImages, type CourseImagesArgs, type HubHostArgs } from "./hubHost";
export { environmentsOf, type EnvironmentImage } from "./environments";
export type { NeededImage } from "./imageSources";
