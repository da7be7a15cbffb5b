/** What the browser remembers of uploads, and never their bytes: one record each, in IndexedDB. */
import type { Recipe } from '../api/client';
import { RecordStore } from '../database';

/** What becomes of a file once it has arrived. */
export interface Choice {
  name: string;
  recipes: Recipe[];
  retentionDays: number | null;
}

export interface UploadRecord {
  /** The Idempotency-Key that the upload is begun with. */
  key: string;
  /** The upload's id, once it has begun. */
  id: string | null;
  userId: string;
  name: string;
  size: number;
  /** Null until its turn comes: thousands of files are not read at once. */
  fingerprint: string | null;
  addedAt: number;
  /** Where the browser gives one, the file can be read again without being chosen again. */
  handle: FileSystemFileHandle | null;
  /** Null as long as the user chooses. */
  choice: Choice | null;
  paused: boolean;
}

/** Of all users of this browser. */
export class UploadStore extends RecordStore<UploadRecord> {
  constructor() {
    super('fotograma', 'uploads');
  }

  async of(userId: string): Promise<UploadRecord[]> {
    const records = await this.all();
    return records
      .filter((record) => record.userId === userId)
      .sort((a, b) => a.addedAt - b.addedAt);
  }
}
