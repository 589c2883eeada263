export { BackupJob, type BackupJobArgs } from "./backupJob";
export { PreDestroyBackup, type PreDestroyBackupArgs } from "./preDestroyBackup";
