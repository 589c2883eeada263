/** A course in the cloud with a student at work in it. */
import { CloudCourse } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { cloudStack, patience } from "./patience";

/** The course, and ada's kernel, which remembers 42 as `remembered`. */
export async function courseAtWork(): Promise<{ course: CloudCourse; kernel: Kernel }> {
  const course = await CloudCourse.current(cloudStack);
  const ada = await course.member("ada");
  await ada.start(patience);
  await ada.enter();
  const kernel = await Kernel.start(ada);
  await kernel.run("remembered = 42", patience);
  return { course, kernel };
}
