/** Of the File System API, what TypeScript's own types leave out. */
interface FileSystemHandle {
  queryPermission(wanted: { mode: 'read' }): Promise<PermissionState>;
  requestPermission(wanted: { mode: 'read' }): Promise<PermissionState>;
}
