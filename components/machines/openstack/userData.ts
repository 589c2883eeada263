/** What a new VM is told at its first boot. */

/**
 * The text for cloud-init: who the machine is, and that keys alone let anybody in. There is no secret
 * in it, for every program on the machine may read it (the metadata service has no password); and
 * nothing that may have to change, for a machine reads it once: what changes comes over SSH.
 */
export function userData(hostname: string): string {
  const config = {
    hostname,
    preserve_hostname: false,
    manage_etc_hosts: "localhost",
    ssh_pwauth: false,
    disable_root: true,
    // The steps over SSH see to packages; two that do would wait for each other.
    package_update: false,
    package_upgrade: false,
  };
  return `#cloud-config\n${JSON.stringify(config, undefined, 2)}\n`;
}
