/** Parts are sent four at a time, each until it has arrived, and none twice. */
import { expect, test } from 'vitest';
import {
  PARTS_AT_ONCE,
  PartRefused,
  SIGNED_AT_ONCE,
  StorageUnreachable,
  Transfer,
  type Wire,
} from '../../app/upload/transfer';

const PART = 10;
type Answer = number | 'lost';

/** A network that answers as it is told, and remembers what it was asked. */
class Network implements Wire {
  readonly signed: number[][] = [];
  readonly sent: number[] = [];
  readonly pauses: number[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  answers = new Map<number, Answer[]>();

  async sign(numbers: number[]): Promise<Map<number, string>> {
    this.signed.push(numbers);
    return new Map(numbers.map((each) => [each, `https://s3.example/b?partNumber=${each}`]));
  }

  async put(url: string, body: Blob, onProgress: (sent: number) => void): Promise<number> {
    const part = Number(new URL(url).searchParams.get('partNumber'));
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    this.sent.push(part);
    await new Promise((resolve) => setTimeout(resolve, 1));
    onProgress(body.size);
    this.atOnce -= 1;
    const answer = this.answers.get(part)?.shift() ?? 200;
    if (answer === 'lost') throw new Error('lost');
    return answer;
  }

  async pause(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
  }

  async online(): Promise<void> {}
}

function transferOf(size: number, arrived: number[] = [], network = new Network()) {
  const layout = { size, partBytes: PART, partCount: Math.ceil(size / PART) };
  const file = new Blob(['x'.repeat(size)]);
  return { network, transfer: new Transfer(file, layout, arrived, network) };
}

const run = (transfer: Transfer) => transfer.run(new AbortController().signal);

test('every missing part is sent once, four at a time', async () => {
  const { network, transfer } = transferOf(95, [2, 3]);
  expect(transfer.sent.value).toBe(20);
  await run(transfer);
  expect(network.sent.toSorted((a, b) => a - b)).toEqual([1, 4, 5, 6, 7, 8, 9, 10]);
  expect(network.mostAtOnce).toBe(PARTS_AT_ONCE);
  expect(transfer.sent.value).toBe(95);
});

test('addresses are signed twenty at a time', async () => {
  const { network, transfer } = transferOf(450);
  await run(transfer);
  expect(network.signed.map((numbers) => numbers.length)).toEqual([
    SIGNED_AT_ONCE,
    SIGNED_AT_ONCE,
    5,
  ]);
});

test('a part is sent again after growing pauses', async () => {
  const { network, transfer } = transferOf(20);
  network.answers.set(2, [503, 'lost', 500]);
  await run(transfer);
  expect(network.sent.filter((part) => part === 2)).toHaveLength(4);
  const [first, second, third] = network.pauses as [number, number, number];
  expect(first).toBeLessThanOrEqual(1000);
  expect(second).toBeGreaterThan(first * 0.9);
  expect(third).toBeGreaterThan(second * 0.9);
});

test('an address that has expired is signed again at once', async () => {
  const { network, transfer } = transferOf(20);
  network.answers.set(1, [403]);
  await run(transfer);
  expect(network.signed).toEqual([[1, 2], [1]]);
  expect(network.pauses).toEqual([]);
});

test('a part that is refused ends it, and so does one that never arrives', async () => {
  const refused = transferOf(20);
  refused.network.answers.set(1, [400]);
  await expect(run(refused.transfer)).rejects.toThrow(PartRefused);
  const lost = transferOf(30, [3]);
  lost.network.answers.set(1, Array(10).fill(500));
  await expect(run(lost.transfer)).rejects.toMatchObject({ part: 1, status: 500 });
  expect(lost.network.sent.filter((part) => part === 1)).toHaveLength(6);
});

test('a storage that never answers is told from a part that is lost', async () => {
  const { network, transfer } = transferOf(10);
  network.answers.set(1, ['lost', 'lost']);
  await expect(run(transfer)).rejects.toEqual(new StorageUnreachable('s3.example'));
});

test('stopping it stops it, and what has arrived is kept in mind', async () => {
  const { network, transfer } = transferOf(1000);
  const stop = new AbortController();
  const running = transfer.run(stop.signal);
  setTimeout(() => stop.abort(), 5);
  await expect(running).rejects.toThrow();
  expect(network.sent.length).toBeLessThan(100);
  expect(transfer.sent.value).toBeGreaterThan(0);
});
