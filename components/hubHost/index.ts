export { HubHost, type CourseImages, type CourseImagesArgs, type HubHostArgs } from "./hubHost";
