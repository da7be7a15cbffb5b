/** What the browser remembers of uploads, and never their bytes: one record each, in IndexedDB. */
import type { Recipe } from '../api/client';

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

const DATABASE = 'fotograma';
const STORE = 'uploads';

/** Records in IndexedDB, or in memory alone where the browser refuses storage. */
export class UploadStore {
  private readonly memory = new Map<string, UploadRecord>();
  private database: Promise<IDBDatabase | null> | null = null;

  async all(userId: string): Promise<UploadRecord[]> {
    const database = await this.open();
    const records =
      database === null
        ? [...this.memory.values()]
        : await done<UploadRecord[]>(transaction(database, 'readonly').getAll());
    return records
      .filter((record) => record.userId === userId)
      .sort((a, b) => a.addedAt - b.addedAt);
  }

  async get(key: string): Promise<UploadRecord | undefined> {
    const database = await this.open();
    if (database === null) return this.memory.get(key);
    return done<UploadRecord | undefined>(transaction(database, 'readonly').get(key));
  }

  async put(...records: readonly UploadRecord[]): Promise<void> {
    const database = await this.open();
    if (database === null) for (const record of records) this.memory.set(record.key, record);
    else {
      const store = transaction(database, 'readwrite');
      await Promise.all(records.map((record) => done(store.put(record))));
    }
  }

  async delete(key: string): Promise<void> {
    const database = await this.open();
    if (database === null) this.memory.delete(key);
    else await done(transaction(database, 'readwrite').delete(key));
  }

  async clear(): Promise<void> {
    const database = await this.open();
    this.memory.clear();
    if (database !== null) await done(transaction(database, 'readwrite').clear());
  }

  private open(): Promise<IDBDatabase | null> {
    this.database ??= openDatabase().catch(() => null);
    return this.database;
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
  return done(request);
}

function transaction(database: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore {
  return database.transaction(STORE, mode).objectStore(STORE);
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
