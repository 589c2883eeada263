import type { SemesterConfig } from "../../config";

/**
 * The content of /etc/semesterhub/grading.json, which images/grading reads
 * (images/grading/semesterhub_grading/settings.py describes the same from the other side).
 */
export function gradingSettings(
  config: Pick<SemesterConfig, "stack" | "course" | "grading">,
  gradebookUrl?: string,
): string {
  const { stack, course, grading } = config;
  const settings = {
    course: stack,
    title: course.title,
    timezone: course.timezone,
    prefix: "/services/grading/",
    hubApiUrl: "http://hub:8081/hub/api",
    sandbox: {
      workers: grading.workers,
      seconds: grading.seconds,
      cellSeconds: grading.cellSeconds,
      outputBytes: grading.outputBytes,
    },
    showHiddenTests: grading.showHiddenTests,
    similarity: grading.similarity,
    trialRuns: grading.trialRuns,
    ...(gradebookUrl !== undefined && { gradebookUrl }),
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
